import type { RemoteRepository } from '../../api/remote.ts';
import { isIndex } from '../../oci/mediaTypes.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { Tree } from './Tree.tsx';

/** What a manifest is made of. */
export function Contents({ repository, manifest }: { repository: RemoteRepository; manifest: StoredManifest }) {
  const { config, layers, manifests } = manifest.document;
  if (!config && !layers?.length && !manifests?.length) return null;
  return (
    <section aria-labelledby="contents">
      <h2 id="contents">{isIndex(manifest.mediaType) ? 'Manifests in the index' : 'Contents'}</h2>
      <Tree repository={repository} manifest={manifest} depth={0} />
    </section>
  );
}
