/** What has a name on two sides, and what it is on each; undefined where it is not there. */
export interface Difference {
  name: string;
  one?: string;
  other?: string;
}

export type State = 'added' | 'removed' | 'changed' | 'same';

/** What became of it on the way from one to the other. */
export function stateOf({ one, other }: { one?: unknown; other?: unknown }, same = one === other): State {
  if (one === undefined) return 'added';
  return other === undefined ? 'removed' : same ? 'same' : 'changed';
}

/** Names of both sides with what they are on each, in the order of one, and then of other. */
export function pairUp(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): Difference[] {
  return [...new Set([...one.keys(), ...other.keys()])].map((name) => {
    const [before, after] = [one.get(name), other.get(name)];
    return { name, ...(before !== undefined && { one: before }), ...(after !== undefined && { other: after }) };
  });
}
