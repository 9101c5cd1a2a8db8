/** Decodes base64 or base64url, padded or not. Throws an Error for anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text.replace(/-/g, '+').replace(/_/g, '/').replace(/\s/g, ''));
  } catch {
    throw new Error('It is not base64.');
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Maximum number of PEM blocks that are read. */
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
    // Continues after the block: unterminated begins would otherwise make this quadratic.
    at = text.indexOf(begin, until);
  }
  return blocks;
}
