import type { Descriptor } from '../../oci/types.ts';

/** A layer on both sides, or on one of them. */
export interface LayerPair {
  one?: Descriptor;
  other?: Descriptor;
}

const titleOf = (descriptor: Descriptor): string | undefined => descriptor.annotations?.['org.opencontainers.image.title'];

/** The title of a layer (image spec, "Pre-Defined Annotation Keys"). */
export const pairTitle = ({ one, other }: LayerPair): string | undefined => (one && titleOf(one)) ?? (other && titleOf(other));

/** Pairs layers by digest, and the remaining ones by title. In the order of one, then of other. */
export function pairLayers(one: readonly Descriptor[], other: readonly Descriptor[]): LayerPair[] {
  const left = new Set(other);
  const pairs: LayerPair[] = one.map((descriptor) => ({ one: descriptor }));
  match(pairs, left, (descriptor) => descriptor.digest);
  match(pairs, left, titleOf);
  return [...pairs, ...[...left].map((descriptor) => ({ other: descriptor }))];
}

function match(pairs: LayerPair[], left: Set<Descriptor>, keyOf: (descriptor: Descriptor) => string | undefined): void {
  const waiting = new Map<string, Descriptor[]>();
  for (const descriptor of left) {
    const key = keyOf(descriptor);
    if (key === undefined) continue;
    const same = waiting.get(key);
    if (same) same.push(descriptor);
    else waiting.set(key, [descriptor]);
  }
  for (const pair of pairs) {
    const key = pair.other ? undefined : keyOf(pair.one!);
    const found = key === undefined ? undefined : waiting.get(key)?.shift();
    if (!found) continue;
    pair.other = found;
    left.delete(found);
  }
}
