import { damaged } from './errors.ts';

/** A table of finite state entropy coding: symbol and next state of each state. */
export interface FseTable {
  accuracy: number;
  symbols: Uint8Array;
  bits: Uint8Array;
  bases: Uint16Array;
}

/** Reads the probabilities of symbols, and returns the number of bytes read (RFC 8878, section 4.1.1). */
export function readFse(bytes: Uint8Array, maxAccuracy: number, maxSymbol: number): { table: FseTable; length: number } {
  let bit = 0;
  const peek = (count: number): number => {
    const at = bit >> 3;
    return ((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >>> (bit & 7)) & ((1 << count) - 1);
  };
  const accuracy = peek(4) + 5;
  bit = 4;
  if (accuracy > maxAccuracy) throw damaged();
  const counts: number[] = [];
  let threshold = 1 << accuracy;
  let remaining = threshold + 1;
  for (let width = accuracy + 1; remaining > 1 && counts.length <= maxSymbol;) {
    // Small values take one bit less.
    const spare = 2 * threshold - 1 - remaining;
    let value = peek(width - 1);
    if (value < spare) bit += width - 1;
    else {
      value = peek(width);
      bit += width;
      if (value >= threshold) value -= spare;
    }
    const count = value - 1;
    remaining -= Math.abs(count);
    counts.push(count);
    if (count === 0) {
      let repeat: number;
      do {
        repeat = peek(2);
        bit += 2;
        for (let zeros = 0; zeros < repeat; zeros++) counts.push(0);
      } while (repeat === 3 && counts.length <= maxSymbol);
    }
    while (remaining < threshold && threshold > 1) {
      width--;
      threshold >>= 1;
    }
  }
  const length = (bit + 7) >> 3;
  if (remaining !== 1 || counts.length > maxSymbol + 1 || length > bytes.length) throw damaged();
  return { table: fseTable(counts, accuracy), length };
}

/** The table for these probabilities, where -1 means less than one. */
export function fseTable(counts: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy;
  const table: FseTable = { accuracy, symbols: new Uint8Array(size), bits: new Uint8Array(size), bases: new Uint16Array(size) };
  let high = size - 1;
  for (const [symbol, count] of counts.entries()) if (count === -1) table.symbols[high--] = symbol;
  let position = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let at = 0; at < count; at++) {
      table.symbols[position] = symbol;
      do position = (position + (size >> 1) + (size >> 3) + 3) & (size - 1);
      while (position > high);
    }
  }
  if (position !== 0) throw damaged();
  const next = counts.map((count) => Math.abs(count));
  for (let state = 0; state < size; state++) {
    const value = next[table.symbols[state]!]!++;
    const bits = accuracy - (31 - Math.clz32(value));
    table.bits[state] = bits;
    table.bases[state] = (value << bits) - size;
  }
  return table;
}

/** The table with a single symbol. */
export const constantTable = (symbol: number): FseTable => ({
  accuracy: 0,
  symbols: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  bases: new Uint16Array(1),
});
