import { shortDigest } from '../format/formatters.ts';

/** A digest in short, as a link where it leads somewhere. */
export function Digest({ digest, href }: { digest: string; href?: string }) {
  const short = <code title={digest}>{shortDigest(digest)}</code>;
  return href === undefined ? short : <a href={href}>{short}</a>;
}
