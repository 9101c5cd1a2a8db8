import type { Repository } from '../../api/repository.ts';
import { cosignTag, type CosignKind } from '../../oci/cosignTags.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { isDigest } from '../../oci/names.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { useLoad } from '../../hooks/useLoad.ts';
import { manifestPath } from '../../routing/paths.ts';
import { mediaTypes } from '../labels.ts';

/** Compares the subject digest of a signature or statement with that of the manifest to which it is attached. */
export function SubjectCheck({
  digest,
  repository,
  manifest,
}: {
  digest: string | undefined;
  repository: Repository;
  manifest?: StoredManifest;
}) {
  if (digest !== undefined && isUnknown(digest))
    return (
      <p class="check">
        It is about <code>{truncateText(digest, 300)}</code>. That was not compared with its subject: this algorithm is not known here.
      </p>
    );
  if (digest === undefined || !isDigest(digest)) return <p class="check check-bad">It contains no digest of its subject.</p>;
  const subject = manifest?.document.subject?.digest;
  const link = (
    <a href={manifestPath(repository.name, digest)}>
      <code>{digest}</code>
    </a>
  );
  if (subject === digest) return <p class="check check-good">It is about {link}, which is what it is attached to.</p>;
  if (subject !== undefined)
    return (
      <p class="check check-bad">
        It is about {link}, but attached to <code>{subject}</code>.
      </p>
    );
  return (
    <p class="check">
      It is about {link}. <TagCheck digest={digest} repository={repository} manifest={manifest} />
    </p>
  );
}

/** Before the referrers API, cosign attached content by tags whose names contain the digest. */
function TagCheck({ digest, repository, manifest }: { digest: string; repository: Repository; manifest?: StoredManifest }) {
  const suffix = manifest === undefined ? undefined : suffixes[manifest.document.layers?.[0]?.mediaType ?? ''];
  const tag = suffix === undefined ? undefined : cosignTag(digest, suffix);
  const leadsHere = useLoad(
    async (signal) => tag !== undefined && (await repository.manifest(tag, signal)).digest === manifest?.digest,
    [repository, tag, manifest?.digest],
  );
  if (leadsHere.value)
    return (
      <>
        The tag <code>{tag}</code> points to this manifest: cosign attaches content by such tags.
      </>
    );
  return leadsHere.value === undefined && !leadsHere.error ? null : <>That was not compared with the subject, which is not known here.</>;
}

const suffixes: Record<string, CosignKind> = { [mediaTypes.simpleSigning]: 'sig', [mediaTypes.envelope]: 'att' };

/** Whether it is a digest of an algorithm that the web UI does not know (image spec, "Digests"). */
const isUnknown = (digest: string): boolean =>
  /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/.test(digest.slice(0, 300)) && !/^sha(?:256|512):/.test(digest);
