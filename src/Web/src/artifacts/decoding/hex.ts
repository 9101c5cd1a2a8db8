const perLine = 16;

/** Lines such as 00000010  48 65 6c 6c 6f …  Hello…, for bytes whose first is at an offset. */
export function hexLines(bytes: Uint8Array, start = 0): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += perLine) {
    const line = bytes.subarray(at, at + perLine);
    let hex = '';
    let ascii = '';
    line.forEach((byte, index) => {
      hex += `${index === perLine / 2 ? ' ' : ''} ${byte.toString(16).padStart(2, '0')}`;
      ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    });
    lines.push(`${(start + at).toString(16).padStart(8, '0')} ${hex.padEnd(perLine * 3 + 1)}  ${ascii}`);
  }
  return lines;
}

/** Such as 00ff. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
