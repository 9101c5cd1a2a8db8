import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { isDigest, isTag } from '../../oci/names.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { shortDigest } from '../../format/formatters.ts';
import { lazyComponent } from '../../components/lazyComponent.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { comparePath, manifestPath } from '../../routing/paths.ts';

const Comparison = lazyComponent('the comparison', async () => (await import('../../layers/lazyViews.ts')).Comparison);

/** The differences of two manifests of a repository. */
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
    <Loaded state={load} what="the other manifest">
      {(found) => (
        <>
          <p class="tools">
            <span>
              From {link(oneName)} to {link(other)}
            </span>{' '}
            <a class="button" href={comparePath(repository.name, other, oneName)}>
              Swap sides
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
