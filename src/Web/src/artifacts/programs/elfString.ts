const longest = 1000;

/** A zero-terminated string at an offset; long ones are cut. */
export function cString(table: Uint8Array, offset: number): string {
  const start = table.subarray(offset, offset + longest);
  const end = start.indexOf(0);
  return new TextDecoder().decode(end < 0 ? start : start.subarray(0, end));
}
