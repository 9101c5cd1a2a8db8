import { useId, useState } from 'preact/hooks';
import type { Repository } from '../../api/repository.ts';
import type { Descriptor, StoredManifest } from '../../oci/types.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { shortDigest } from '../../format/formatters.ts';
import { annotationsOf } from './annotations.ts';
import { DifferenceTable, type Sides } from './DifferenceTable.tsx';
import { pairUp } from './differences.ts';
import { ManifestComparison } from './ManifestComparison.tsx';
import { choicesOf, pairPlatforms, type PlatformPair } from './platforms.ts';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';

interface ComparisonProps {
  repository: Repository;
  one: string | StoredManifest;
  other: string | StoredManifest;
  /** Titles of the two sides; by default their tags or digests. */
  names?: Sides;
}

/** The differences of two manifests of a repository, each by tag or digest, or already fetched. */
export function Comparison({ repository, one, other, names }: ComparisonProps) {
  const load = useLoad(
    (signal) => Promise.all([get(repository, one, signal), get(repository, other, signal)]),
    [repository.name, keyOf(one), keyOf(other)],
  );
  const sides = names ?? { one: shortDigest(keyOf(one)), other: shortDigest(keyOf(other)) };
  return (
    <section class="comparison" aria-label="Comparison">
      <Loaded state={load} what="the manifests">
        {([before, after]) => <Compared repository={repository} one={before} other={after} sides={sides} />}
      </Loaded>
    </section>
  );
}

const keyOf = (manifest: string | StoredManifest): string => (typeof manifest === 'string' ? manifest : manifest.digest);

const get = (repository: Repository, manifest: string | StoredManifest, signal: AbortSignal): Promise<StoredManifest> | StoredManifest =>
  typeof manifest === 'string' ? repository.manifest(manifest, signal) : manifest;

interface Props {
  repository: Repository;
  one: StoredManifest;
  other: StoredManifest;
  sides: Sides;
}

function Compared(props: Props) {
  const { one, other, sides } = props;
  const [choices, otherChoices] = [choicesOf(one), choicesOf(other)];
  if (!choices && !otherChoices) return <ManifestComparison {...props} />;
  return (
    <>
      {choices && otherChoices && (
        <DifferenceTable differences={pairUp(digestsOf(one, choices), digestsOf(other, otherChoices))} what="Manifest" sides={sides} />
      )}
      <Platforms
        {...props}
        pairs={choices && otherChoices ? pairPlatforms(choices, otherChoices) : beside(choices ?? otherChoices!, choices === undefined)}
      />
    </>
  );
}

// Manifests of an index, and its own annotations.
const digestsOf = (index: StoredManifest, choices: ReadonlyMap<string, Descriptor>): Map<string, string> =>
  new Map([...annotationsOf(index), ...[...choices].map(([name, { digest }]): [string, string] => [name, digest])]);

// An index compared with a manifest: each of its manifests can be chosen.
const beside = (choices: ReadonlyMap<string, Descriptor>, second: boolean): PlatformPair[] =>
  [...choices].map(([name, descriptor]) => (second ? { name, other: descriptor } : { name, one: descriptor }));

function Platforms({ repository, one, other, sides, pairs }: Props & { pairs: PlatformPair[] }) {
  const id = useId();
  const [chosen, setChosen] = useState(0);
  const pair = pairs[chosen];
  if (!pair) return <p class="muted">There are no manifests to compare in them.</p>;
  return (
    <>
      <p class="tools">
        <label for={id}>Platform</label>
        <select id={id} value={chosen} onChange={(event) => setChosen(event.currentTarget.selectedIndex)}>
          {pairs.map(({ name }, index) => (
            <option key={name} value={index}>
              {escapeInvisible(name)}
            </option>
          ))}
        </select>
      </p>
      <Chosen key={chosen} repository={repository} one={one} other={other} sides={sides} pair={pair} />
    </>
  );
}

function Chosen({ repository, one, other, sides, pair }: Props & { pair: PlatformPair }) {
  const pick = (
    manifest: StoredManifest,
    descriptor: Descriptor | undefined,
    signal: AbortSignal,
  ): Promise<StoredManifest | undefined> | StoredManifest | undefined =>
    descriptor ? repository.manifest(descriptor.digest, signal) : manifest.document.manifests ? undefined : manifest;
  const load = useLoad((signal) => Promise.all([pick(one, pair.one, signal), pick(other, pair.other, signal)]), [pair]);
  return (
    <Loaded state={load} what="the manifests">
      {([before, after]) =>
        before && after ? (
          <ManifestComparison repository={repository} one={before} other={after} sides={sides} />
        ) : (
          <p>This platform is only in {escapeInvisible(before ? sides.one : sides.other)}.</p>
        )
      }
    </Loaded>
  );
}
