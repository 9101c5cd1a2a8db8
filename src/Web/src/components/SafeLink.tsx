import type { ComponentChildren } from 'preact';
import { truncateText } from '../format/invisibleCharacters.ts';

/** The address if it is http or https; undefined for others, such as javascript: or data:. */
export function webAddress(address: string): string | undefined {
  if (!/^https?:\/\//i.test(address)) return undefined;
  try {
    return new URL(address).href;
  } catch {
    return undefined;
  }
}

/** An external link from content; other addresses than http and https are shown as text. */
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
