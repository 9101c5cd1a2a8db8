import type { RemoteRepository } from '../../api/remote.ts';
import { cutText } from '../../parts/visible.ts';
import { cosignKinds, parseCosignTag } from '../../oci/cosignTags.ts';
import { Digest } from '../../parts/Digest.tsx';
import { formatBytes, formatCount, formatTime } from '../../parts/format.ts';
import { Loaded, useLoad } from '../../parts/loaded.tsx';
import { manifestPath } from '../../parts/paths.ts';
import { typeName } from '../../parts/typeName.ts';
import { attachedTo, type Attached } from './attached.ts';
import type { ListedTags } from './listTags.ts';

/** Of each kind. */
const maxShown = 50;
/** Characters of a type. */
const maxType = 200;

/** Signatures, SBOMs, attestations and whatever else points at a manifest, by kind. */
export function Referrers({ repository, digest, tags }: { repository: RemoteRepository; digest: string; tags: Promise<ListedTags> }) {
  const load = useLoad(async (signal) => attachedTo(repository, digest, await tags, signal), [repository, digest, tags]);
  return (
    <section aria-labelledby="referrers">
      <h2 id="referrers">Referrers</h2>
      <Loaded of={load} what="what refers to it">
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

function Group({ label, of, repository }: { label: string; of: Attached[]; repository: RemoteRepository }) {
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
              {cutText(descriptor.artifactType ?? (tag === undefined ? descriptor.mediaType : 'attached by its tag'), maxType)}
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

function groups(attached: Attached[]): Map<string, Attached[]> {
  const by = new Map<string, Attached[]>();
  for (const one of attached) {
    const kind = one.tag === undefined ? undefined : parseCosignTag(one.tag)?.kind;
    const label = kind === undefined ? typeName(one.descriptor.mediaType, one.descriptor.artifactType) : `cosign ${cosignKinds[kind]}`;
    by.set(label, [...(by.get(label) ?? []), one]);
  }
  return by;
}
