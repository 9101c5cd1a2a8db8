import type { ComponentChildren } from 'preact';
import { truncateText } from '../format/invisibleCharacters.ts';

/** The address when it is one of the web; undefined for any other, such as javascript: or data:. */
export function webAddress(address: string): string | undefined {
  if (!/^https?:\/\//i.test(address)) return undefined;
  try {
    return new URL(address).href;
  } catch {
    return undefined;
  }
}

/** A link to somewhere else that content asks for; what is no address of the web remains text. */
export function SafeLink({ href, children }: { href: string; children?: ComponentChildren }) {
  const address = webAddress(href);
  const shown = children ?? truncateText(href, 500);
  return address === undefined ? (
    <>{shown}</>
  ) : (
    <a href={address} rel="noopener noreferrer nofollow" target="_blank">
      {shown}
    </a>
  );
}
