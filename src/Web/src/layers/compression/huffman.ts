import { LayerError } from '../layerError.ts';

/** Lookup table of a prefix code by the next bits: symbol << 4 | length of the code; 0 for none. */
export interface HuffmanTable {
  table: Uint16Array;
  /** Bits to look at. */
  bits: number;
}

const longest = 15;

/** The canonical code with these lengths (RFC 1951, section 3.2.2), with the first bit of a code as the lowest. */
export function huffmanTable(lengths: Uint8Array): HuffmanTable {
  const counts = new Uint16Array(longest + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  let bits = longest;
  while (bits > 1 && counts[bits] === 0) bits--;
  const next = new Uint16Array(longest + 1);
  for (let length = 1, code = 0; length <= longest; length++) {
    code = (code + counts[length - 1]!) << 1;
    next[length] = code;
    if (code + counts[length]! > 1 << length) throw new LayerError('The gzip data is damaged: a Huffman code has too many symbols.');
  }
  const table = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    const code = next[length]!++;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let at = reversed; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, bits };
}
