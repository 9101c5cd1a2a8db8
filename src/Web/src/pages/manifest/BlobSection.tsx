import type { Content } from '../../api/content.ts';
import type { Repository } from '../../api/repository.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { streamOf, type Reading } from '../../layers/bytes/streams.ts';
import { SaveButton } from '../../layers/components/SaveButton.tsx';
import { emptyJson } from '../../oci/mediaTypes.ts';
import type { Descriptor, StoredManifest } from '../../oci/types.ts';
import { CopyButton } from '../../components/CopyableText.tsx';
import { formatBytes, formatCount, shortDigest } from '../../format/formatters.ts';
import { lazyComponent } from '../../components/lazyComponent.tsx';
import { typeName } from '../../format/typeName.ts';
import { Annotations } from './Annotations.tsx';

/** Blobs up to this size in bytes are read into memory and verified. */
const maxVerified = 64 * 1024 * 1024;
/** Characters of a media type. */
const maxType = 500;

const BlobView = lazyComponent('the blob', async () => (await import('../../artifacts/lazyViewers.ts')).BlobView);

/** A blob that the manifest references: its descriptor, and its content in the view of its media type. */
export function BlobSection({ repository, manifest, digest }: { repository: Repository; manifest: StoredManifest; digest: string }) {
  const { config, layers = [] } = manifest.document;
  const descriptor = [config, ...layers].find((one): one is Descriptor => one?.digest === digest);
  if (descriptor === undefined)
    return (
      <p role="alert" class="problem">
        This manifest references no blob with that digest.
      </p>
    );
  const { annotations, size } = descriptor;
  const content = repository.blob(descriptor);
  const place = descriptor === config ? 'Config' : `Layer ${layers.indexOf(descriptor) + 1} of ${layers.length}`;
  return (
    <>
      <h2>
        {place}: {typeName(descriptor.mediaType)}
      </h2>
      <dl class="facts">
        <dt>Media type</dt>
        <dd>
          <code class="break">{truncateText(descriptor.mediaType, maxType) || '(none)'}</code>
        </dd>
        <dt>Digest</dt>
        <dd>
          <code class="break">{descriptor.digest}</code> <CopyButton text={descriptor.digest} label="digest" />
        </dd>
        <dt>Size</dt>
        <dd>
          {formatBytes(descriptor.size)}
          {descriptor.size >= 1024 && ` (${formatCount(descriptor.size)} bytes)`}
        </dd>
      </dl>
      <p class="tools">
        <SaveButton
          key={digest}
          label="Download the blob"
          path={annotations?.['org.opencontainers.image.title'] ?? shortDigest(digest)}
          size={size}
          read={(reading) => wholeOf(content, reading)}
        />
      </p>
      <Annotations annotations={annotations} level={3} />
      {descriptor.mediaType === emptyJson && descriptor.size === 2 ? (
        <p>
          It is the empty object <code>{'{}'}</code>, which stands where a manifest needs a blob and has none.
        </p>
      ) : (
        <BlobView repository={repository} descriptor={descriptor} manifest={manifest} />
      )}
    </>
  );
}

async function* wholeOf(content: Content, reading: Reading): AsyncGenerator<Uint8Array> {
  if (content.size > maxVerified) yield* streamOf(content, reading);
  else yield await content.bytes(maxVerified, reading.signal);
}
