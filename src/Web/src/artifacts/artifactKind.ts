import type { StoredManifest } from '../oci/types.ts';
import type { ArtifactKind } from './types.ts';
import { artifact, image, labelOf, mediaTypes } from './labels.ts';

const contents = async () => (await import('./lazyViewers.ts')).ContentsViewer;
const chart = async () => (await import('./charts/ChartViewer.tsx')).ChartViewer;

/** The kind of artifact of a manifest; undefined for images and indexes, which have views of their own, and for unknown types. */
export function artifactKindOf({ document }: StoredManifest): ArtifactKind | undefined {
  if (document.manifests !== undefined) return undefined;
  const layers = document.layers ?? [];
  const config = document.config?.mediaType;
  if (config === mediaTypes.helmConfig) return { label: 'Helm chart', viewer: chart };
  // The type of cosign's older artifacts, BuildKit's attestations and oras files is only in their layers.
  const own = labelOf(undefined, document.artifactType, config);
  const ofLayer = layers.map(({ mediaType }) => labelOf(mediaType)).find((label) => label !== undefined);
  if (own !== undefined && own !== image && own !== artifact) return { label: own, viewer: contents };
  if (ofLayer !== undefined) return { label: ofLayer, viewer: contents };
  return own === image || layers.length === 0 ? undefined : { label: artifact, viewer: contents };
}

export { labelOf } from './labels.ts';
