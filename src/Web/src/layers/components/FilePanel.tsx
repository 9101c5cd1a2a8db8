import { useEffect, useRef } from 'preact/hooks';
import { FactList } from '../../components/FactList.tsx';
import { formatBytes, formatCount, formatTime } from '../../format/formatters.ts';
import { formatMode, type Entry } from '../entry.ts';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';
import type { ReadFile } from '../openFile.ts';
import { FileContent } from './FileContent.tsx';
import { SaveButton } from './SaveButton.tsx';

/** The entry with the content of a file and how to read it, or why it cannot be read. */
export type Openable = { entry: Entry; read: ReadFile } | string;

/** A file: its metadata and content. */
export function FilePanel({ path, entry, openable, onClose }: { path: string; entry: Entry; openable: Openable; onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="file-panel" aria-label="File">
      <h3 ref={heading} tabIndex={-1}>
        <bdi>{escapeInvisible(path)}</bdi>
      </h3>
      <p class="tools">
        {typeof openable !== 'string' && <SaveButton path={path} size={openable.entry.size} read={openable.read} />}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
      <FactList
        facts={[
          ['Type', entry.type],
          ['Size', typeof openable !== 'string' && `${formatBytes(openable.entry.size)} (${formatCount(openable.entry.size)} bytes)`],
          ['Mode', `${formatMode(entry)} (${entry.mode.toString(8).padStart(4, '0')})`],
          [
            'Owner',
            `${entry.uid}:${entry.gid}${entry.user || entry.group ? ` (${escapeInvisible(`${entry.user ?? ''}:${entry.group ?? ''}`)})` : ''}`,
          ],
          ['Modified', entry.modified !== undefined && formatTime(new Date(entry.modified * 1000))],
          [entry.type === 'hardlink' ? 'Same file as' : 'Points to', entry.link],
          ['Digest', entry.digest],
          ['Beware', entry.odd],
        ]}
      />
      {typeof openable === 'string' ? (
        <p class="muted">{openable}</p>
      ) : (
        <FileContent path={path} entry={openable.entry} read={openable.read} />
      )}
    </section>
  );
}
