import { isImageConfig } from '../../oci/mediaTypes.ts';
import type { Comparison } from './comparison.ts';
import { annotationsOf } from './annotations.ts';
import { ConfigDifferences } from './ConfigDifferences.tsx';
import { DifferenceTable } from './DifferenceTable.tsx';
import { pairUp } from './differences.ts';
import { FileDifferences } from './FileDifferences.tsx';
import { LayerTable } from './LayerTable.tsx';

/** Two manifests side by side: layers, config, annotations, and the files of images. */
export function ManifestComparison({ repository, one, other, sides }: Comparison) {
  const images = [one, other].every(({ document: { config } }) => config !== undefined && isImageConfig(config.mediaType));
  if (one.digest === other.digest) return <p>Both are the same manifest.</p>;
  return (
    <>
      <h3>Layers</h3>
      <LayerTable
        repository={repository.name}
        sides={sides}
        one={{ digest: one.digest, layers: one.document.layers ?? [] }}
        other={{ digest: other.digest, layers: other.document.layers ?? [] }}
      />
      <h3>Config</h3>
      <ConfigDifferences repository={repository} one={one} other={other} sides={sides} />
      <h3>Annotations and types</h3>
      <DifferenceTable differences={pairUp(annotationsOf(one), annotationsOf(other))} what="Annotation" sides={sides} />
      {images && (
        <>
          <h3>Files</h3>
          <FileDifferences repository={repository} one={one} other={other} sides={sides} />
        </>
      )}
    </>
  );
}
