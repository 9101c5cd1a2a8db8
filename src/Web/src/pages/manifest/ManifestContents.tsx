import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { isIndex } from '../../oci/mediaTypes.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { ManifestTree } from './ManifestTree.tsx';

/** The contents of a manifest. */
export function ManifestContents({ repository, manifest }: { repository: RemoteRepository; manifest: StoredManifest }) {
  const { config, layers, manifests } = manifest.document;
  if (!config && !layers?.length && !manifests?.length) return null;
  return (
    <section aria-labelledby="contents">
      <h2 id="contents">{isIndex(manifest.mediaType) ? 'Manifests in the index' : 'Contents'}</h2>
      <ManifestTree repository={repository} manifest={manifest} depth={0} />
    </section>
  );
}
