import type { Descriptor } from '../../oci/types.ts';
import { formatBytes, formatCount, shortDigest } from '../../format/formatters.ts';
import { blobPath } from '../../routing/paths.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';
import type { Sides } from './DifferenceTable.tsx';
import { stateOf } from './differences.ts';
import { pairLayers, pairTitle, type LayerPair } from './layerPairs.ts';

const maxRows = 500;

interface Props {
  repository: string;
  one: { digest: string; layers: readonly Descriptor[] };
  other: { digest: string; layers: readonly Descriptor[] };
  sides: Sides;
}

/** The layers of two manifests: shared ones, and those of one side only. */
export function LayerTable({ repository, one, other, sides }: Props) {
  const pairs = pairLayers(one.layers, other.layers);
  if (pairs.length === 0) return <p class="muted">Neither has layers.</p>;
  const titled = pairs.some((pair) => pairTitle(pair) !== undefined);
  const link = (manifest: string, layer?: Descriptor) =>
    layer ? (
      <>
        <a href={blobPath(repository, manifest, layer.digest)}>
          <code>{shortDigest(layer.digest)}</code>
        </a>{' '}
        {formatBytes(layer.size)}
      </>
    ) : (
      <span class="muted">–</span>
    );
  return (
    <>
      <p>{summary(pairs)}</p>
      <ScrollArea label="Differences of layers">
        <table>
          <thead>
            <tr>
              {titled && <th scope="col">Title</th>}
              <th scope="col">Difference</th>
              <th scope="col">{escapeInvisible(sides.one)}</th>
              <th scope="col">{escapeInvisible(sides.other)}</th>
            </tr>
          </thead>
          <tbody>
            {pairs.slice(0, maxRows).map((pair, index) => (
              <tr key={index} class={`is-${layerState(pair)}`}>
                {titled && (
                  <th scope="row">
                    <bdi>{escapeInvisible(pairTitle(pair) ?? '')}</bdi>
                  </th>
                )}
                <td>{labels[layerState(pair)]}</td>
                <td>{link(one.digest, pair.one)}</td>
                <td>{link(other.digest, pair.other)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {pairs.length > maxRows && <p class="problem">{formatCount(pairs.length - maxRows)} more layers are not shown.</p>}
    </>
  );
}

const labels = { same: 'shared', changed: 'changed', removed: 'only before', added: 'only after' };

const layerState = (pair: LayerPair) => stateOf(pair, pair.one?.digest === pair.other?.digest);

function summary(pairs: readonly LayerPair[]): string {
  const sum = (chosen: (pair: LayerPair) => Descriptor | undefined): string => {
    const layers = pairs.map(chosen).filter((layer) => layer !== undefined);
    return `${formatCount(layers.length)} (${formatBytes(layers.reduce((bytes, { size }) => bytes + size, 0))})`;
  };
  const shared = (pair: LayerPair): boolean => layerState(pair) === 'same';
  return `${sum((pair) => (shared(pair) ? pair.one : undefined))} shared, ${sum((pair) => (shared(pair) ? undefined : pair.one))} only before, ${sum((pair) => (shared(pair) ? undefined : pair.other))} only after.`;
}
