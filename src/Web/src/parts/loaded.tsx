import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Something that is being got, was got, or could not be. */
export interface Load<T> {
  value?: T;
  error?: Error;
}

/** Gets something, anew whenever one of what it depends on changes; what is no longer wanted is aborted. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): Load<T> {
  const [state, setState] = useState<Load<T>>({});
  useEffect(() => {
    const abort = new AbortController();
    setState({});
    load(abort.signal).then(
      (value) => abort.signal.aborted || setState({ value }),
      (error: unknown) => abort.signal.aborted || setState({ error: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => abort.abort();
    // The caller names what this depends on, as with useEffect itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, on);
  return state;
}

/** Shows what was got; until then that it is being got, or why it was not. */
export function Loaded<T>({ of, what, children }: { of: Load<T>; what: string; children: (value: T) => ComponentChildren }) {
  if (of.error)
    return (
      <p role="alert" class="problem">
        {what.slice(0, 1).toUpperCase()}
        {what.slice(1)} could not be shown: {of.error.message}
      </p>
    );
  if (of.value === undefined)
    return (
      <p role="status" class="waiting">
        Loading {what}…
      </p>
    );
  return <>{children(of.value)}</>;
}
