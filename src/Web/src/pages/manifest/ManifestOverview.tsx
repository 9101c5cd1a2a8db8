import { useEffect, useMemo } from 'preact/hooks';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { artifactKindOf } from '../../artifacts/artifactKind.ts';
import { isImageConfig, isIndex } from '../../oci/mediaTypes.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { lazyComponent } from '../../components/lazyComponent.tsx';
import { Annotations } from './Annotations.tsx';
import { Commands } from './Commands.tsx';
import { ManifestContents } from './ManifestContents.tsx';
import { ManifestFacts } from './ManifestFacts.tsx';
import { ImageConfigView } from './ImageConfigView.tsx';
import { listTags, type ListedTags } from './listTags.ts';
import { Referrers } from './Referrers.tsx';
import { DeleteSection } from './DeleteSection.tsx';

/** The overview of a manifest: everything except its files and graph. */
export function ManifestOverview({ repository, manifest, tag }: { repository: RemoteRepository; manifest: StoredManifest; tag?: string }) {
  const kind = useMemo(() => artifactKindOf(manifest), [manifest]);
  const Viewer = useMemo(() => kind && lazyComponent('the content', () => kind.viewer()), [kind]);
  const tags = useTags(repository);
  const { document, mediaType } = manifest;
  // Artifacts that look like images, such as attestations, are detected by their layers.
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
      <ManifestContents repository={repository} manifest={manifest} />
      <Referrers repository={repository} digest={manifest.digest} tags={tags} />
      {image && <ImageConfigView repository={repository} manifest={manifest} config={document.config!} />}
      <Annotations annotations={document.annotations} />
      <DeleteSection repository={repository} digest={manifest.digest} tags={tags} {...(tag && { tag })} />
    </>
  );
}

/** The tags, listed once for all components. */
function useTags(repository: RemoteRepository): Promise<ListedTags> {
  const { tags, abort } = useMemo(() => {
    const abort = new AbortController();
    return { tags: listTags(repository, abort.signal), abort };
  }, [repository]);
  useEffect(() => () => abort.abort(), [abort]);
  return tags;
}
