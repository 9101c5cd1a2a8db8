import type { StoredManifest } from './types.ts';

/** Of the blobs and manifests that a manifest names, each digest once. In bytes. */
export function sizeOf({ document: { config, layers = [], manifests = [] } }: StoredManifest): number {
  const named = [...(config ? [config] : []), ...layers, ...manifests];
  return [...new Map(named.map((one) => [one.digest, one.size])).values()].reduce((sum, size) => sum + size, 0);
}
