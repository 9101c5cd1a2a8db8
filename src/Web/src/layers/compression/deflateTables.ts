// RFC 1951, sections 3.2.5 to 3.2.7.
import { huffmanTable } from './huffman.ts';

export const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Extra bits and base values of the symbols 257 to 285. */
export const lengthExtra = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0, 0, 0]);
export const lengthBases = bases(lengthExtra, 3);
// A match of the greatest length has a symbol of its own, without extra bits.
lengthBases[28] = 258;

export const distanceExtra = new Uint8Array([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
export const distanceBases = bases(distanceExtra, 1);

const fixedLengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
export const fixedCodes = { literals: huffmanTable(fixedLengths), distances: huffmanTable(new Uint8Array(32).fill(5)) };

function bases(extra: Uint8Array, first: number): Uint16Array {
  const made = new Uint16Array(extra.length);
  for (let at = 0, base = first; at < extra.length; at++) {
    made[at] = base;
    base += 1 << extra[at]!;
  }
  return made;
}
