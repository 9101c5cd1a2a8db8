/** A deterministic generator of numbers from 0 to below 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Values at which lengths, counts and offsets overflow or stand still: among them huge and unterminated LEB128.
const splices: readonly Uint8Array[] = [
  [0],
  [0xff],
  [0x7f],
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x20],
  [0x0a],
  [0x30],
  [0x39, 0x39, 0x39, 0x39],
  [0x5b, 0x7b, 0x22],
].map((bytes) => Uint8Array.from(bytes));

/** The input with one to four changes. At most 1 MiB long. */
export function mutate(input: Uint8Array, next: () => number): Uint8Array {
  let bytes = Buffer.from(input);
  const below = (end: number): number => Math.floor(next() * end);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(bytes.length);
    const splice = splices[below(splices.length)]!;
    const section = bytes.subarray(at, at + 1 + below(64));
    switch (below(6)) {
      case 0:
        if (bytes.length > 0) bytes[at]! ^= 1 << below(8);
        break;
      case 1:
        bytes = bytes.subarray(0, at);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), splice, bytes.subarray(at + splice.length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), splice, bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), ...Array<Buffer>(1 + below(50)).fill(section), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + section.length)]);
    }
  }
  return new Uint8Array(bytes.subarray(0, 1024 * 1024));
}
