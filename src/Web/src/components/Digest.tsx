import { shortDigest } from '../format/formatters.ts';

/** A shortened digest, optionally as a link. */
export function Digest({ digest, href }: { digest: string; href?: string }) {
  const short = <code title={digest}>{shortDigest(digest)}</code>;
  return href === undefined ? short : <a href={href}>{short}</a>;
}
