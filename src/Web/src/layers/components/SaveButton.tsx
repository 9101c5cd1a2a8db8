import { useEffect, useRef, useState } from 'preact/hooks';
import { formatBytes } from '../../format/formatters.ts';
import { safeFileName } from '../entryPaths.ts';
import { saveFile, type ReadFile } from '../openFile.ts';

/** Time that a browser may take to start saving, in milliseconds. */
const grace = 60_000;

/** Saves a file to the user's disk. */
export function SaveButton({ path, size, read, label = 'Download' }: { path: string; size: number; read: ReadFile; label?: string }) {
  const [state, setState] = useState<{ transferred?: number; error?: string }>({});
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const save = async (): Promise<void> => {
    const controller = new AbortController();
    abort.current = controller;
    setState({ transferred: 0 });
    try {
      const blob = await saveFile(size, read, { signal: controller.signal, progress: (transferred) => setState({ transferred }) });
      give(blob, safeFileName(path));
      setState({});
    } catch (error) {
      setState(controller.signal.aborted ? {} : { error: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <>
      {state.transferred === undefined ? (
        <button type="button" onClick={() => void save()}>
          {label}
        </button>
      ) : (
        <>
          <span class="muted">{formatBytes(state.transferred)} read</span>
          <button type="button" onClick={() => abort.current?.abort()}>
            Stop
          </button>
        </>
      )}
      {state.error !== undefined && (
        <span role="alert" class="problem">
          It could not be saved: {state.error}
        </span>
      )}
    </>
  );
}

function give(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), grace);
}
