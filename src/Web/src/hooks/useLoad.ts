import { useEffect, useState } from 'preact/hooks';

/** The state of an asynchronous load: empty while it is pending. */
export interface LoadState<T> {
  value?: T;
  error?: Error;
}

/** Loads a value, and again whenever a dependency changes. An obsolete load is aborted. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): LoadState<T> {
  const [state, setState] = useState<LoadState<T>>({});
  useEffect(() => {
    const abort = new AbortController();
    setState({});
    load(abort.signal).then(
      (value) => abort.signal.aborted || setState({ value }),
      (error: unknown) => abort.signal.aborted || setState({ error: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => abort.abort();
    // The caller passes the dependencies, as with useEffect.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, on);
  return state;
}
