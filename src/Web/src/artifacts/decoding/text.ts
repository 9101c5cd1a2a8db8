/** Decodes UTF-8; undefined if the bytes are something else. A part of a text may end within a character. */
export function decodeText(bytes: Uint8Array, isPart = false): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isPart });
  } catch {
    return undefined;
  }
}
