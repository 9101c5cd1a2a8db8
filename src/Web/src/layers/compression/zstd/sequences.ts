import { BackwardBits } from './backwardBits.ts';
import { damaged } from './errors.ts';
import { constantTable, readFse, type FseTable } from './fse.ts';
import { literalLengths, matchLengths, offsets, type CodeKind } from './tables.ts';
import type { Window } from './window.ts';

/** State of sequences that the next block inherits. */
export interface SequenceState {
  tables: (FseTable | undefined)[];
  /** The last three offsets. */
  recent: [number, number, number];
}

export const newSequenceState = (): SequenceState => ({ tables: [undefined, undefined, undefined], recent: [1, 4, 8] });

const kinds: readonly CodeKind[] = [literalLengths, offsets, matchLengths];

/** Executes the sequences of a block, which alternate between literals and matches (RFC 8878, sections 3.1.1.3.2 and 3.1.1.4). */
export function runSequences(section: Uint8Array, literals: Uint8Array, state: SequenceState, window: Window): void {
  const { count, length } = countOf(section);
  if (count === 0) return window.append(literals);
  const bits = new BackwardBits(section.subarray(length + readTables(section.subarray(length), state)));
  const [lengthTable, offsetTable, matchTable] = state.tables as [FseTable, FseTable, FseTable];
  let lengthState = bits.read(lengthTable.accuracy);
  let offsetState = bits.read(offsetTable.accuracy);
  let matchState = bits.read(matchTable.accuracy);
  let used = 0;
  for (let left = count; left > 0; left--) {
    const offset = valueOf(offsets, offsetTable.symbols[offsetState]!, bits);
    const match = valueOf(matchLengths, matchTable.symbols[matchState]!, bits);
    const plain = valueOf(literalLengths, lengthTable.symbols[lengthState]!, bits);
    if (used + plain > literals.length || bits.left < 0) throw damaged();
    window.append(literals, used, used + plain);
    used += plain;
    window.repeat(distanceOf(offset, plain, state.recent), match);
    if (left === 1) break;
    lengthState = lengthTable.bases[lengthState]! + bits.read(lengthTable.bits[lengthState]!);
    matchState = matchTable.bases[matchState]! + bits.read(matchTable.bits[matchState]!);
    offsetState = offsetTable.bases[offsetState]! + bits.read(offsetTable.bits[offsetState]!);
  }
  if (bits.left !== 0) throw damaged();
  window.append(literals, used);
}

function countOf(section: Uint8Array): { count: number; length: number } {
  const [first, second, third] = section;
  if (first === undefined) throw damaged();
  if (first < 128) return { count: first, length: 1 };
  if (first < 255 && second !== undefined) return { count: ((first - 128) << 8) + second, length: 2 };
  if (second === undefined || third === undefined) throw damaged();
  return { count: second + (third << 8) + 0x7f00, length: 3 };
}

// Reads the tables in use, and returns the number of bytes read.
function readTables(section: Uint8Array, state: SequenceState): number {
  const modes = section[0];
  if (modes === undefined || (modes & 3) !== 0) throw damaged();
  let at = 1;
  for (const [index, kind] of kinds.entries()) {
    const mode = (modes >> (6 - 2 * index)) & 3;
    if (mode === 0) state.tables[index] = kind.standard;
    else if (mode === 1) {
      const symbol = section[at++];
      if (symbol === undefined || symbol >= kind.extra.length) throw damaged();
      state.tables[index] = constantTable(symbol);
    } else if (mode === 2) {
      const { table, length } = readFse(section.subarray(at), kind.maxAccuracy, kind.extra.length - 1);
      state.tables[index] = table;
      at += length;
    } else if (!state.tables[index]) throw damaged();
  }
  return at;
}

const valueOf = (kind: CodeKind, code: number, bits: BackwardBits): number => kind.bases[code]! + bits.read(kind.extra[code]!);

// RFC 8878, section 3.1.1.5: the values 1 to 3 mean offsets that were used before.
function distanceOf(offset: number, literals: number, recent: [number, number, number]): number {
  const which = offset > 3 ? 3 : offset - 1 + (literals === 0 ? 1 : 0);
  if (which === 0) return recent[0];
  const distance = offset > 3 ? offset - 3 : which === 3 ? recent[0] - 1 : recent[which as 1 | 2];
  if (which > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = distance;
  return distance;
}
