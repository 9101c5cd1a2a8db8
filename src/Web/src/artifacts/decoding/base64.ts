/** The bytes of base64 or base64url, padded or not; an Error when it is neither. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text.replace(/-/g, '+').replace(/_/g, '/').replace(/\s/g, ''));
  } catch {
    throw new Error('It is not base64.');
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Blocks of a text that are read: a chain of certificates has a handful. */
const mostBlocks = 20;

/** The bytes of the blocks of a PEM text with a label, such as CERTIFICATE (RFC 7468). */
export function fromPem(text: string, label: string): Uint8Array<ArrayBuffer>[] {
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = text.indexOf(begin); at >= 0 && blocks.length < mostBlocks;) {
    const until = text.indexOf(end, at);
    if (until < 0) break;
    blocks.push(fromBase64(text.slice(at + begin.length, until)));
    // Behind its end: begins without an end of their own would each take what follows anew.
    at = text.indexOf(begin, until);
  }
  return blocks;
}
