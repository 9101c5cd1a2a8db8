import { useEffect, useMemo } from 'preact/hooks';
import type { RemoteRepository } from '../../api/remote.ts';
import { kindOf } from '../../kinds/kinds.ts';
import { isImageConfig, isIndex } from '../../oci/mediaTypes.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { lazily } from '../../parts/lazily.tsx';
import { Annotations } from './Annotations.tsx';
import { Commands } from './Commands.tsx';
import { Contents } from './Contents.tsx';
import { ManifestFacts } from './ManifestFacts.tsx';
import { ImageView } from './ImageView.tsx';
import { listTags, type ListedTags } from './listTags.ts';
import { Referrers } from './Referrers.tsx';
import { Removal } from './Removal.tsx';

/** Everything about a manifest but its files and its graph. */
export function Overview({ repository, manifest, tag }: { repository: RemoteRepository; manifest: StoredManifest; tag?: string }) {
  const kind = useMemo(() => kindOf(manifest), [manifest]);
  const Viewer = useMemo(() => kind && lazily('the content', () => kind.viewer()), [kind]);
  const tags = useTags(repository);
  const { document, mediaType } = manifest;
  // What passes as an image and is none, such as an attestation, is known by its layers.
  const image = !kind && !isIndex(mediaType) && document.config !== undefined && isImageConfig(document.config.mediaType);
  return (
    <>
      <ManifestFacts repository={repository} manifest={manifest} tags={tags} {...(tag && { tag })} />
      <Commands name={repository.name} manifest={manifest} {...(tag && { tag })} />
      {kind && Viewer && (
        <section aria-labelledby="kind">
          <h2 id="kind">{kind.label}</h2>
          <Viewer repository={repository} manifest={manifest} />
        </section>
      )}
      <Contents repository={repository} manifest={manifest} />
      <Referrers repository={repository} digest={manifest.digest} tags={tags} />
      {image && <ImageView repository={repository} manifest={manifest} config={document.config!} />}
      <Annotations of={document.annotations} />
      <Removal repository={repository} digest={manifest.digest} tags={tags} {...(tag && { tag })} />
    </>
  );
}

/** The tags, listed once for all who want them. */
function useTags(repository: RemoteRepository): Promise<ListedTags> {
  const { tags, abort } = useMemo(() => {
    const abort = new AbortController();
    return { tags: listTags(repository, abort.signal), abort };
  }, [repository]);
  useEffect(() => () => abort.abort(), [abort]);
  return tags;
}
