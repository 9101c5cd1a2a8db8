/** A named value on two sides; undefined if missing. */
export interface Difference {
  name: string;
  one?: string;
  other?: string;
}

export type State = 'added' | 'removed' | 'changed' | 'same';

/** The kind of the change. */
export function stateOf({ one, other }: { one?: unknown; other?: unknown }, same = one === other): State {
  if (one === undefined) return 'added';
  return other === undefined ? 'removed' : same ? 'same' : 'changed';
}

/** The names of both sides with both values, in the order of one, then of other. */
export function pairUp(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): Difference[] {
  return [...new Set([...one.keys(), ...other.keys()])].map((name) => {
    const [before, after] = [one.get(name), other.get(name)];
    return { name, ...(before !== undefined && { one: before }), ...(after !== undefined && { other: after }) };
  });
}
