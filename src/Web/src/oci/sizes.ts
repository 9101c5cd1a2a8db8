import type { StoredManifest } from './types.ts';

/** Size of the blobs and manifests that a manifest references, each digest counted once. In bytes. */
export function sizeOf({ document: { config, layers = [], manifests = [] } }: StoredManifest): number {
  const named = [...(config ? [config] : []), ...layers, ...manifests];
  return [...new Map(named.map((one) => [one.digest, one.size])).values()].reduce((sum, size) => sum + size, 0);
}
