/**
 * A number in a tar header: octal digits, or base 256 when the first bit is set. Undefined if it is neither, or exceeds the safe integers.
 */
export function tarNumber(field: Uint8Array): number | undefined {
  const first = field[0]!;
  if (first & 0x80) {
    if (first & 0x40) return undefined;
    let value = first & 0x3f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  let text = '';
  for (const byte of field) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  text = text.trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}
