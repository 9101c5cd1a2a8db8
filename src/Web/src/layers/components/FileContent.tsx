import { HexView } from '../../artifacts/HexView.tsx';
import { TextView } from '../../artifacts/TextView.tsx';
import { formatBytes } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { Picture } from '../../components/Picture.tsx';
import type { Entry } from '../entry.ts';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';
import { openFile, type OpenedFile, type ReadFile } from '../openFile.ts';

/** Bytes that are shown in hexadecimal. */
const maxHex = 16 * 1024;

/** The content of a file, by its detected format. */
export function FileContent({ path, entry, read }: { path: string; entry: Entry; read: ReadFile }) {
  const load = useLoad((signal) => openFile(entry, read, signal), [entry]);
  return (
    <Loaded state={load} what="the file">
      {(opened) => <Opened path={path} entry={entry} opened={opened} />}
    </Loaded>
  );
}

function Opened({ path, entry, opened }: { path: string; entry: Entry; opened: OpenedFile }) {
  const { bytes, cut, picture, text, verified } = opened;
  if (entry.size === 0) return <p class="muted">The file is empty.</p>;
  return (
    <>
      {verified === true && <p class="muted">The content matches its digest in the index of the layer.</p>}
      {verified === false && (
        <p role="alert" class="problem">
          The content does not match its digest in the index of the layer.
        </p>
      )}
      {cut && (
        <p class="muted">
          The first {formatBytes(bytes.length)} of {formatBytes(entry.size)} were read.
        </p>
      )}
      {picture !== undefined ? (
        <Picture bytes={bytes} type={picture} alt={escapeInvisible(path)} />
      ) : text !== undefined ? (
        <TextView text={text} />
      ) : (
        <Hex bytes={bytes} />
      )}
    </>
  );
}

function Hex({ bytes }: { bytes: Uint8Array }) {
  return (
    <>
      {bytes.length > maxHex && <p class="muted">The first {formatBytes(maxHex)} are shown.</p>}
      <HexView bytes={bytes.subarray(0, maxHex)} />
    </>
  );
}
