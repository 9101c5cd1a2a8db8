import { BackwardBits } from './backwardBits.ts';
import { damaged } from './errors.ts';
import { readFse } from './fse.ts';

const maxBits = 11;
const maxWeights = 255;

/** A prefix code of literals: by the next bits, symbol << 4 | length of the code. */
export interface LiteralCode {
  bits: number;
  table: Uint16Array;
}

/** Reads a Huffman tree description, and returns the number of bytes read (RFC 8878, section 4.2.1). */
export function readLiteralCode(bytes: Uint8Array): { code: LiteralCode; length: number } {
  const head = bytes[0] ?? 0;
  const length = 1 + (head < 128 ? head : (head - 127 + 1) >> 1);
  if (bytes.length < length) throw damaged();
  const body = bytes.subarray(1, length);
  return { code: literalCode(head < 128 ? packedWeights(body) : plainWeights(body, head - 127)), length };
}

function plainWeights(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, at) => (at % 2 === 0 ? bytes[at >> 1]! >> 4 : bytes[at >> 1]! & 15));
}

// Two states alternate until all bits are read.
function packedWeights(bytes: Uint8Array): number[] {
  const { table, length } = readFse(bytes, 6, maxWeights);
  const bits = new BackwardBits(bytes.subarray(length));
  const weights: number[] = [];
  let state = bits.read(table.accuracy);
  let other = bits.read(table.accuracy);
  while (weights.length < maxWeights) {
    weights.push(table.symbols[state]!);
    const next = table.bases[state]! + bits.read(table.bits[state]!);
    if (bits.left < 0) {
      weights.push(table.symbols[other]!);
      return weights;
    }
    [state, other] = [other, next];
  }
  throw damaged();
}

// The weight of the last symbol completes the sum to a power of two.
function literalCode(weights: number[]): LiteralCode {
  if (weights.length > maxWeights || weights.some((weight) => weight > maxBits)) throw damaged();
  const sum = weights.reduce((all, weight) => all + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const bits = 32 - Math.clz32(sum);
  const missing = (1 << bits) - sum;
  if (sum === 0 || bits > maxBits || (missing & (missing - 1)) !== 0) throw damaged();
  const all = [...weights, 32 - Math.clz32(missing)];
  const table = new Uint16Array(1 << bits);
  for (let weight = 1, at = 0; weight <= bits; weight++) {
    for (const [symbol, its] of all.entries())
      if (its === weight) table.fill((symbol << 4) | (bits + 1 - weight), at, (at += 1 << (weight - 1)));
  }
  return { bits, table };
}

/** Decodes one stream of literals, which fills out exactly (RFC 8878, section 4.2.2). */
export function readLiterals(bytes: Uint8Array, out: Uint8Array, { bits, table }: LiteralCode): void {
  const source = new BackwardBits(bytes);
  const mask = (1 << bits) - 1;
  let left = source.left;
  let at = 0;
  // The hot loop, without calls: all bits are available here.
  for (const { length } = out; at < length && left >= bits; at++) {
    const from = left - bits;
    const byte = from >> 3;
    const code = table[((bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16)) >>> (from & 7)) & mask]!;
    left -= code & 15;
    out[at] = code >> 4;
  }
  source.left = left;
  for (; at < out.length; at++) {
    const code = table[source.peek(bits)]!;
    source.left -= code & 15;
    out[at] = code >> 4;
  }
  if (source.left !== 0) throw damaged();
}
