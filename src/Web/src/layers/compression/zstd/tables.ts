// RFC 8878, sections 3.1.1.3.2.1.1 and 3.1.1.3.2.2, and appendix A.
import { fseTable, type FseTable } from './fse.ts';

/** Parameters of a kind of code in a sequence: extra bits, base values, default table, and limits of other tables. */
export interface CodeKind {
  extra: Uint8Array;
  bases: Uint32Array;
  standard: FseTable;
  maxAccuracy: number;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const ones = (count: number): number[] => new Array<number>(count).fill(1);
const less = (count: number): number[] => new Array<number>(count).fill(-1);

export const literalLengths = kind(
  [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  0,
  9,
  fseTable([4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, ...less(4)], 6),
);

export const matchLengths = kind(
  [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  3,
  9,
  fseTable([1, 4, 3, 2, 2, 2, 2, 2, 2, ...ones(37), ...less(7)], 6),
);

/** Of an offset all bits but the highest are extra. More would need a larger window than the limit. */
export const offsets = kind(
  Array.from({ length: 31 }, (_, code) => code),
  1,
  8,
  fseTable([1, 1, 1, 1, 1, 1, 2, 2, 2, ...ones(15), ...less(5)], 5),
);

function kind(extra: number[], first: number, maxAccuracy: number, standard: FseTable): CodeKind {
  const bases = new Uint32Array(extra.length);
  for (let at = 0, base = first; at < extra.length; at++) {
    bases[at] = base;
    base += 2 ** extra[at]!;
  }
  return { extra: Uint8Array.from(extra), bases, standard, maxAccuracy };
}
