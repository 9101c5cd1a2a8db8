import type { ComponentChildren } from 'preact';
import { formatBytes } from '../../format/formatters.ts';
import { formatMode, formatOwner, type Entry } from '../entry.ts';
import { lastOf } from '../entryPaths.ts';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';
import { parseWhiteout } from '../whiteouts.ts';

/** Details beside the name of a file. */
export function FileFacts({ entry, origin }: { entry: Entry; origin?: ComponentChildren }) {
  return (
    <span class="file-facts">
      {origin}
      <span class="file-owner">{escapeInvisible(formatOwner(entry))}</span>
      <code class="file-mode">{formatMode(entry)}</code>
      <span class="file-size">{hasSize(entry) ? formatBytes(entry.size) : ''}</span>
    </span>
  );
}

const hasSize = (entry: Entry): boolean => entry.type === 'file' || entry.type === 'sparse file' || entry.type === 'other';

/** Characters of a link that are shown beside its name. */
const maxLink = 300;

/** The name of a file, with its link target or whiteout. */
export function FileName({ name, entry }: { name: string; entry: Entry | undefined }) {
  return (
    <>
      <bdi class="file-name">{escapeInvisible(name)}</bdi>
      {entry?.link !== undefined && (
        <span class="file-link">
          {' '}
          {entry.type === 'hardlink' ? 'same file as' : '→'}{' '}
          <bdi>
            {escapeInvisible(entry.link.slice(0, maxLink))}
            {entry.link.length > maxLink && '…'}
          </bdi>
        </span>
      )}
      {entry && <Marks entry={entry} />}
    </>
  );
}

function Marks({ entry }: { entry: Entry }) {
  const whiteout = parseWhiteout(entry);
  const named = entry.type !== 'file' && entry.type !== 'directory' && entry.type !== 'symlink' && entry.type !== 'hardlink';
  return (
    <>
      {whiteout && (
        <span class="badge whiteout">
          {whiteout.opaque ? (
            'hides what lower layers have in this folder'
          ) : (
            <>
              removes <bdi>{escapeInvisible(lastOf(whiteout.path))}</bdi>
            </>
          )}
        </span>
      )}
      {named && <span class="badge">{entry.type}</span>}
      {entry.odd !== undefined && <span class="badge odd">{entry.odd}</span>}
    </>
  );
}
