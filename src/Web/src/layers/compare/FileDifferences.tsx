import { useMemo } from 'preact/hooks';
import { formatCount } from '../../format/formatters.ts';
import { costOf, readImage, type ImageProgress, type ListedLayer } from '../readImage.ts';
import { ReadOnDemand } from '../components/ReadOnDemand.tsx';
import { useReading } from '../hooks/useReading.ts';
import type { Comparison } from './comparison.ts';
import { compareFiles, type FileComparison } from './compareFiles.ts';
import { FileTable } from './FileTable.tsx';

/** The files that differ in two images, on demand. */
export function FileDifferences({ repository, one, other, sides }: Comparison) {
  const cost = useMemo(() => costOf(one, other), [one, other]);
  const reading = useReading<FileComparison & { complete: boolean }, ImageProgress>(
    async (signal, progress) => {
      const known = new Map<string, ListedLayer>();
      const before = await readImage(repository, one, known, signal, progress, true);
      const after = await readImage(repository, other, known, signal, progress, true);
      return { ...compareFiles(before, after), complete: before.complete && after.complete };
    },
    false,
    [repository.name, one.digest, other.digest],
  );
  return (
    <ReadOnDemand task={reading} cost={cost} action="Compare the files">
      {(comparison) => (
        <>
          {!comparison.complete && <p class="problem">The list is incomplete: there are more entries than the web UI lists.</p>}
          <FileTable comparison={comparison} sides={sides} />
          {comparison.left > 0 && <p class="problem">{formatCount(comparison.left)} more differ.</p>}
          <p class="muted">{summary(comparison)}</p>
        </>
      )}
    </ReadOnDemand>
  );
}

const summary = ({ same, alike }: FileComparison): string =>
  `${formatCount(same)} ${same === 1 ? 'is' : 'are'} the same. ${alike === 0 ? '' : `${formatCount(alike)} ${alike === 1 ? 'has' : 'have'} the same size and mode in different layers; their contents were not compared.`}`;
