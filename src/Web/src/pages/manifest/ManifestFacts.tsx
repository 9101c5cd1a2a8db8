import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { sizeOf } from '../../oci/sizes.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { Age } from '../../components/Age.tsx';
import { CopyButton } from '../../components/CopyableText.tsx';
import { formatBytes } from '../../format/formatters.ts';
import { useLoad } from '../../hooks/useLoad.ts';
import { manifestPath } from '../../routing/paths.ts';
import { manifestName } from '../../format/typeName.ts';
import type { ListedTags } from './listTags.ts';

const maxTagsShown = 20;
/** Characters of a media type. */
const maxType = 500;

/** Facts about a manifest. */
export function ManifestFacts({
  repository,
  manifest,
  tag,
  tags,
}: {
  repository: RemoteRepository;
  manifest: StoredManifest;
  tag?: string;
  tags: Promise<ListedTags>;
}) {
  const { document, digest, mediaType } = manifest;
  const listed = useLoad(() => tags, [tags]).value;
  const here = listed?.tags.filter((one) => one.digest === digest) ?? [];
  const size = sizeOf(manifest);
  const changed = here.find((one) => one.tag === tag)?.changed ?? here[0]?.changed;
  return (
    <dl class="facts">
      <dt>Kind</dt>
      <dd>{manifestName(manifest)}</dd>
      <dt>Digest</dt>
      <dd>
        <a href={manifestPath(repository.name, digest)}>
          <code class="break">{digest}</code>
        </a>{' '}
        <CopyButton text={digest} label="digest" />
      </dd>
      <dt>Media type</dt>
      <dd>
        <code class="break">{truncateText(mediaType, maxType) || '(none)'}</code>
      </dd>
      {document.artifactType !== undefined && (
        <>
          <dt>Artifact type</dt>
          <dd>
            <code class="break">{truncateText(document.artifactType, maxType)}</code>
          </dd>
        </>
      )}
      <dt>Size</dt>
      <dd>
        {formatBytes(manifest.bytes.length)} for the manifest
        {size > 0 && `, ${formatBytes(size)} for the ${document.manifests ? 'manifests' : 'blobs'} it names`}
      </dd>
      {changed && (
        <>
          <dt>Tagged</dt>
          <dd>
            <Age time={changed} />
          </dd>
        </>
      )}
      {document.subject && (
        <>
          <dt>Subject</dt>
          <dd>
            refers to{' '}
            <a href={manifestPath(repository.name, document.subject.digest)}>
              <code class="break">{document.subject.digest}</code>
            </a>
          </dd>
        </>
      )}
      {listed && (
        <>
          <dt>Tags</dt>
          <dd>
            {here.length === 0 && <span class="muted">none{listed.cut && ' among those that were looked through'}</span>}
            {here.slice(0, maxTagsShown).map((one) => (
              <a key={one.tag} class="badge" href={manifestPath(repository.name, one.tag)}>
                {one.tag}
              </a>
            ))}
            {here.length > maxTagsShown && <span class="muted"> and {here.length - maxTagsShown} more</span>}
          </dd>
        </>
      )}
    </dl>
  );
}
