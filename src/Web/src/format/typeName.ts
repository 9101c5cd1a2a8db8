import { artifactKindOf, labelOf } from '../artifacts/artifactKind.ts';
import { truncateText } from './invisibleCharacters.ts';
import type { StoredManifest } from '../oci/types.ts';

const layers =
  /^application\/vnd\.(?:oci|docker)\.image\.(?:layer\.(?:nondistributable\.)?v1|rootfs(?:\.foreign)?\.diff)\.(tar(?:[.+]\w+)?)$/;
/** Longer media types without a label are cut. In characters. */
const maxLength = 80;

/** The label for a media type and artifact type; a media type without a label is shown itself. */
export function typeName(mediaType: string, artifactType?: string, configMediaType?: string): string {
  const label = labelOf(mediaType, artifactType, configMediaType);
  if (label !== undefined) return label;
  const archive = layers.exec(mediaType)?.[1];
  if (archive !== undefined) return `Layer, ${archive.replace('.', '+')}`;
  if (mediaType === 'application/vnd.oci.image.manifest.v1+json') return 'Manifest';
  if (mediaType === 'application/vnd.oci.empty.v1+json') return 'Empty object';
  if (mediaType === '') return 'Without a type';
  return truncateText(mediaType, maxLength);
}

/** The label of a manifest whose content was read, which is more precise than its types. */
export function manifestName(manifest: StoredManifest): string {
  const { mediaType, document } = manifest;
  return artifactKindOf(manifest)?.label ?? typeName(mediaType, document.artifactType, document.config?.mediaType);
}
