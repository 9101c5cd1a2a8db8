import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { isImageConfig, isIndex, isManifest } from '../../oci/mediaTypes.ts';
import { parseImageConfig } from '../../oci/parse.ts';
import type { Descriptor, StoredManifest } from '../../oci/types.ts';
import { formatPlatform } from '../../format/formatters.ts';
import { manifestName } from '../../format/typeName.ts';

/** Summary of a manifest in the list of tags. */
export interface Summary {
  digest: string;
  label: string;
  /** Size of everything that a tag references, each blob counted once. In bytes. */
  size: number;
  /** Whether the size is a lower bound, because not everything was read. */
  more: boolean;
  platforms: string[];
}

/** Maximum number of manifests of an index that are read for its size. */
const maxChildren = 16;
/** Limit for configs in bytes. Real configs have some kilobytes. */
const maxConfig = 1024 * 1024;

export async function summarizeManifest(repository: RemoteRepository, reference: string, signal: AbortSignal): Promise<Summary> {
  const manifest = await repository.manifest(reference, signal);
  const { document, mediaType, digest } = manifest;
  const label = manifestName(manifest);
  const blobs = new Map<string, number>([[digest, manifest.bytes.length]]);
  addBlobs(blobs, manifest);
  let more = false;
  if (isIndex(mediaType)) {
    const children = (document.manifests ?? []).filter((child) => isManifest(child.mediaType));
    more = children.length > maxChildren;
    for (const child of children.slice(0, maxChildren)) {
      const found = await repository.find(child.digest, signal).catch(() => undefined);
      if (found === undefined || isIndex(found.mediaType)) more = true;
      else addBlobs(blobs, found);
    }
  }
  const size = [...blobs.values()].reduce((sum, one) => sum + one, 0);
  return { digest, label, size, more, platforms: await platformsOf(repository, manifest, signal) };
}

function addBlobs(blobs: Map<string, number>, { document }: StoredManifest): void {
  for (const part of [document.config, ...(document.layers ?? []), ...(document.manifests ?? [])])
    if (part) blobs.set(part.digest, part.size);
}

async function platformsOf(repository: RemoteRepository, { document, mediaType }: StoredManifest, signal: AbortSignal): Promise<string[]> {
  if (isIndex(mediaType))
    return [...new Set((document.manifests ?? []).filter(isForPlatform).map((child) => formatPlatform(child.platform!)))];
  if (document.config === undefined || !isImageConfig(document.config.mediaType)) return [];
  const bytes = await repository
    .blob(document.config)
    .bytes(maxConfig, signal)
    .catch(() => undefined);
  const { os, architecture, variant } = bytes === undefined ? {} : parseImageConfig(bytes);
  return os && architecture ? [formatPlatform({ os, architecture, ...(variant && { variant }) })] : [];
}

/** BuildKit's attestations have the platform unknown/unknown. */
const isForPlatform = (child: Descriptor): boolean => child.platform !== undefined && child.platform.os !== 'unknown';
