import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { cosignKinds, cosignTag, type CosignKind } from '../../oci/cosignTags.ts';
import type { Descriptor } from '../../oci/types.ts';
import type { ListedTags } from './listTags.ts';

/** Content that is attached to a manifest. */
export interface AttachedArtifact {
  descriptor: Descriptor;
  /** The cosign tag that attaches it; undefined for a referrer. */
  tag?: string;
}

/** The referrers of a manifest, and content that cosign attached by tag, if all tags are listed. */
export async function findAttached(
  repository: RemoteRepository,
  digest: string,
  listed: ListedTags,
  signal: AbortSignal,
): Promise<AttachedArtifact[]> {
  const possible = (Object.keys(cosignKinds) as CosignKind[]).map((kind) => cosignTag(digest, kind));
  const tags = listed.cut ? possible : possible.filter((tag) => listed.tags.some((one) => one.tag === tag));
  const [referrers, ...tagged] = await Promise.all([
    repository.referrers(digest, signal),
    ...tags.map((tag) => repository.find(tag, signal)),
  ]);
  const found: AttachedArtifact[] = referrers.map((descriptor) => ({ descriptor }));
  for (const [i, manifest] of tagged.entries()) {
    if (manifest === undefined || referrers.some((one) => one.digest === manifest.digest)) continue;
    found.push({
      tag: tags[i]!,
      descriptor: {
        mediaType: manifest.mediaType,
        digest: manifest.digest,
        size: manifest.bytes.length,
        ...(manifest.document.annotations && { annotations: manifest.document.annotations }),
      },
    });
  }
  return found;
}
