import type { Repository } from '../../api/repository.ts';
import { JsonView } from '../../artifacts/JsonView.tsx';
import { TextView } from '../../artifacts/TextView.tsx';
import { isManifest } from '../../oci/mediaTypes.ts';
import { parsed } from '../../oci/untrustedJson.ts';
import type { Descriptor, StoredManifest } from '../../oci/types.ts';
import { blobPath, manifestPath } from '../../routing/paths.ts';

/** The manifest as a tree, with its digests as links, and its raw text: a tree shows neither white space nor duplicate members. */
export function ManifestJson({ repository, manifest }: { repository: Repository; manifest: StoredManifest }) {
  const value = parsed(manifest.bytes);
  if (value === undefined)
    return (
      <>
        <p class="problem">This is not JSON.</p>
        <TextView text={new TextDecoder().decode(manifest.bytes)} />
      </>
    );
  const { config, layers = [], manifests = [], subject } = manifest.document;
  const known = new Map(
    [config, ...layers, ...manifests, subject].filter((one): one is Descriptor => one !== undefined).map((one) => [one.digest, one]),
  );
  const linkDigest = (digest: string): string | undefined => {
    const descriptor = known.get(digest);
    if (descriptor === undefined) return undefined;
    return descriptor === subject || manifests.includes(descriptor) || isManifest(descriptor.mediaType)
      ? manifestPath(repository.name, digest)
      : blobPath(repository.name, manifest.digest, digest);
  };
  return (
    <>
      <JsonView value={value} linkDigest={linkDigest} />
      <h2>Raw JSON</h2>
      <TextView text={new TextDecoder().decode(manifest.bytes)} />
    </>
  );
}
