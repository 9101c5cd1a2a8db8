import type { RemoteRepository } from '../../api/remote.ts';
import { isDigest, isTag } from '../../oci/names.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { shortDigest } from '../../parts/format.ts';
import { lazily } from '../../parts/lazily.tsx';
import { Loaded, useLoad } from '../../parts/loaded.tsx';
import { comparePath, manifestPath } from '../../parts/paths.ts';

const Comparison = lazily('the comparison', async () => (await import('../../layers/views.ts')).Comparison);

/** What is different between two manifests of a repository. */
export function CompareSection({
  repository,
  one,
  oneName,
  other,
}: {
  repository: RemoteRepository;
  one: StoredManifest;
  oneName: string;
  other: string;
}) {
  const load = useLoad(
    async (signal) => {
      if (!isTag(other) && !isDigest(other)) throw new Error('That is neither a tag nor a digest.');
      return repository.manifest(other, signal);
    },
    [other],
  );
  const link = (reference: string) => <a href={manifestPath(repository.name, reference)}>{shortDigest(reference)}</a>;
  return (
    <Loaded of={load} what="the other manifest">
      {(found) => (
        <>
          <p class="tools">
            <span>
              From {link(oneName)} to {link(other)}
            </span>{' '}
            <a class="button" href={comparePath(repository.name, other, oneName)}>
              The other way round
            </a>
          </p>
          {found.digest === one.digest ? (
            <p role="status">
              Both are the same manifest, <code>{shortDigest(one.digest)}</code>.
            </p>
          ) : (
            <>
              <h2>Differences</h2>
              <Comparison
                repository={repository}
                one={one}
                other={found}
                names={{ one: shortDigest(oneName), other: shortDigest(other) }}
              />
            </>
          )}
        </>
      )}
    </Loaded>
  );
}
