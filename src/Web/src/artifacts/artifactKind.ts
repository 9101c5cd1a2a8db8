import type { StoredManifest } from '../oci/types.ts';
import type { ArtifactKind } from './types.ts';
import { artifact, image, labelOf, mediaTypes } from './labels.ts';

const contents = async () => (await import('./lazyViewers.ts')).ContentsViewer;
const chart = async () => (await import('./charts/ChartViewer.tsx')).ChartViewer;

/** What kind of artifact a manifest is; undefined for images and indexes, which have pages of their own, and for what nothing more is known of. */
export function artifactKindOf({ document }: StoredManifest): ArtifactKind | undefined {
  if (document.manifests !== undefined) return undefined;
  const layers = document.layers ?? [];
  const config = document.config?.mediaType;
  if (config === mediaTypes.helmConfig) return { label: 'Helm chart', viewer: chart };
  // cosign's older artifacts, those of BuildKit and files of oras tell what is in them by their layers alone.
  const own = labelOf(undefined, document.artifactType, config);
  const ofLayer = layers.map(({ mediaType }) => labelOf(mediaType)).find((label) => label !== undefined);
  if (own !== undefined && own !== image && own !== artifact) return { label: own, viewer: contents };
  if (ofLayer !== undefined) return { label: ofLayer, viewer: contents };
  return own === image || layers.length === 0 ? undefined : { label: artifact, viewer: contents };
}

export { labelOf } from './labels.ts';
