import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { cosignKinds, parseCosignTag } from '../../oci/cosignTags.ts';
import { Digest } from '../../components/Digest.tsx';
import { formatBytes, formatCount, formatTime } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { manifestPath } from '../../routing/paths.ts';
import { typeName } from '../../format/typeName.ts';
import { findAttached, type AttachedArtifact } from './findAttached.ts';
import type { ListedTags } from './listTags.ts';

/** Of each kind. */
const maxShown = 50;
/** Characters of a type. */
const maxType = 200;

/** Signatures, SBOMs, attestations and other referrers of a manifest, by kind. */
export function Referrers({ repository, digest, tags }: { repository: RemoteRepository; digest: string; tags: Promise<ListedTags> }) {
  const load = useLoad(async (signal) => findAttached(repository, digest, await tags, signal), [repository, digest, tags]);
  return (
    <section aria-labelledby="referrers">
      <h2 id="referrers">Referrers</h2>
      <Loaded state={load} what="what refers to it">
        {(attached) =>
          attached.length === 0 ? (
            <p class="muted">Nothing refers to this manifest: no signature, SBOM or attestation.</p>
          ) : (
            <>
              {[...groups(attached)].map(([label, of]) => (
                <Group key={label} label={label} of={of} repository={repository} />
              ))}
            </>
          )
        }
      </Loaded>
    </section>
  );
}

function Group({ label, of, repository }: { label: string; of: AttachedArtifact[]; repository: RemoteRepository }) {
  return (
    <>
      <h3>
        {label} <span class="muted">({formatCount(of.length)})</span>
      </h3>
      <ul class="members">
        {of.slice(0, maxShown).map(({ descriptor, tag }) => (
          <li key={descriptor.digest} class="leaf">
            <Digest digest={descriptor.digest} href={manifestPath(repository.name, tag ?? descriptor.digest)} />
            <span class="type">
              {truncateText(descriptor.artifactType ?? (tag === undefined ? descriptor.mediaType : 'attached by its tag'), maxType)}
            </span>
            <span>
              {descriptor.annotations?.['org.opencontainers.image.created'] &&
                formatTime(descriptor.annotations['org.opencontainers.image.created'].slice(0, 40))}
            </span>
            <span class="number">{formatBytes(descriptor.size)}</span>
          </li>
        ))}
      </ul>
      {of.length > maxShown && <p class="muted">{formatCount(of.length - maxShown)} more are not shown.</p>}
    </>
  );
}

function groups(attached: AttachedArtifact[]): Map<string, AttachedArtifact[]> {
  const by = new Map<string, AttachedArtifact[]>();
  for (const one of attached) {
    const kind = one.tag === undefined ? undefined : parseCosignTag(one.tag)?.kind;
    const label = kind === undefined ? typeName(one.descriptor.mediaType, one.descriptor.artifactType) : `cosign ${cosignKinds[kind]}`;
    by.set(label, [...(by.get(label) ?? []), one]);
  }
  return by;
}
