import { useState } from 'preact/hooks';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import { formatMode, formatOwner, type Entry } from '../entry.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';
import type { Sides } from './DifferenceTable.tsx';
import { stateOf } from './differences.ts';
import type { FileComparison, FileDifference } from './compareFiles.ts';

const pageSize = 500;

/** The files that differ, with both sides. */
export function FileTable({ comparison: { differences }, sides }: { comparison: FileComparison; sides: Sides }) {
  const [shown, setShown] = useState(pageSize);
  if (differences.length === 0) return <p>No file differs.</p>;
  return (
    <>
      <ScrollArea label="Differences of files">
        <table>
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Difference</th>
              <th scope="col">{escapeInvisible(sides.one)}</th>
              <th scope="col">{escapeInvisible(sides.other)}</th>
            </tr>
          </thead>
          <tbody>
            {differences.slice(0, shown).map((difference) => (
              <tr key={difference.path} class={`is-${stateOf(difference, false)}`}>
                <th scope="row">
                  <bdi>{escapeInvisible(difference.path)}</bdi>
                </th>
                <td>
                  {stateOf(difference, false)}
                  {difference.changed.length > 0 && ` (${difference.changed.join(', ')})`}
                </td>
                <td>
                  <Side entry={difference.one} changed={difference} />
                </td>
                <td>
                  <Side entry={difference.other} changed={difference} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {differences.length > shown && (
        <button type="button" onClick={() => setShown(shown + pageSize)}>
          Show more of {formatCount(differences.length)}
        </button>
      )}
    </>
  );
}

function Side({ entry, changed: { changed } }: { entry: Entry | undefined; changed: FileDifference }) {
  if (!entry) return <span class="muted">–</span>;
  return (
    <>
      <code class="file-mode">{formatMode(entry)}</code>
      {changed.includes('owner') && ` ${escapeInvisible(formatOwner(entry))}`}
      {entry.type === 'file' && ` ${formatBytes(entry.size)}`}
      {entry.link !== undefined && (
        <>
          {' '}
          {entry.type === 'hardlink' ? 'same file as' : '→'} <bdi>{escapeInvisible(entry.link)}</bdi>
        </>
      )}
    </>
  );
}
