import { useEffect, useState } from 'preact/hooks';

/** A list that may still be loading. */
export interface PagedList<T> {
  items: T[];
  done: boolean;
  /** Whether the list has more items than the limit. */
  cut: boolean;
  error?: Error;
}

/** Loads a list page by page up to a limit, and returns what has been loaded so far. */
export function usePagedList<T>(read: (signal: AbortSignal) => AsyncIterable<T[]>, limit: number, on: readonly unknown[]): PagedList<T> {
  const [state, setState] = useState<PagedList<T>>({ items: [], done: false, cut: false });
  useEffect(() => {
    const abort = new AbortController();
    let items: T[] = [];
    setState({ items, done: false, cut: false });
    const all = async () => {
      for await (const page of read(abort.signal)) {
        if (abort.signal.aborted) return;
        const cut = items.length + page.length > limit;
        items = [...items, ...page].slice(0, limit);
        setState({ items, done: cut, cut });
        if (cut) return;
      }
      if (!abort.signal.aborted) setState({ items, done: true, cut: false });
    };
    all().catch(
      (error: unknown) =>
        abort.signal.aborted ||
        setState({ items, done: true, cut: false, error: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => abort.abort();
    // The caller passes the dependencies, as with useEffect.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, on);
  return state;
}
