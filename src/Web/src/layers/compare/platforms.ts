import type { Descriptor, StoredManifest } from '../../oci/types.ts';
import { formatPlatform } from '../../format/formatters.ts';

/** Manifests of two indexes for the same platform; one side may be missing. */
export interface PlatformPair {
  name: string;
  one?: Descriptor;
  other?: Descriptor;
}

/** Selectable manifests of an index; undefined for other manifests. Builders' attestations are omitted. */
export function choicesOf(manifest: StoredManifest): Map<string, Descriptor> | undefined {
  const { manifests } = manifest.document;
  if (!manifests) return undefined;
  const choices = new Map<string, Descriptor>();
  for (const descriptor of manifests) {
    if (descriptor.annotations?.['vnd.docker.reference.type'] !== undefined) continue;
    const name = (descriptor.platform && formatPlatform(descriptor.platform)) || undefined;
    // A manifest without a platform, or with a duplicate one, is labelled by its digest.
    choices.set(name === undefined || choices.has(name) ? descriptor.digest : name, descriptor);
  }
  return choices;
}

/** Pairs of the same platform, first those of both sides. */
export function pairPlatforms(one: ReadonlyMap<string, Descriptor>, other: ReadonlyMap<string, Descriptor>): PlatformPair[] {
  const names = [...new Set([...one.keys(), ...other.keys()])];
  const pairs = names.map((name) => {
    const [before, after] = [one.get(name), other.get(name)];
    return { name, ...(before && { one: before }), ...(after && { other: after }) };
  });
  return [...pairs.filter((pair) => pair.one && pair.other), ...pairs.filter((pair) => !pair.one || !pair.other)];
}
