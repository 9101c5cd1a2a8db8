import { useEffect, useRef, useState } from 'preact/hooks';

/** A long operation that starts on demand. */
export interface LongReading<Result, Progress> {
  state: 'waiting' | 'reading' | 'done' | 'stopped' | 'failed';
  progress?: Progress;
  result?: Result;
  error?: Error;
}

/** Interval of progress updates in milliseconds. */
const interval = 250;

/** asked states whether the user started it. */
type Read<Result, Progress> = (signal: AbortSignal, progress: (now: Progress) => void, asked: boolean) => Promise<Result>;

/** Reads when start is called, or immediately; restarts when a dependency changes. */
export function useReading<Result, Progress>(read: Read<Result, Progress>, atOnce: boolean, on: readonly unknown[]) {
  const [reading, setReading] = useState<LongReading<Result, Progress>>({ state: 'waiting' });
  const abort = useRef<AbortController | undefined>(undefined);
  const begin = (asked: boolean): void => {
    const controller = new AbortController();
    abort.current?.abort();
    abort.current = controller;
    const set = (now: LongReading<Result, Progress>): void => {
      if (abort.current === controller) setReading(now);
    };
    let shown = 0;
    set({ state: 'reading' });
    read(
      controller.signal,
      (progress) => {
        if (performance.now() - shown < interval) return;
        shown = performance.now();
        set({ state: 'reading', progress });
      },
      asked,
    ).then(
      (result) => set({ state: 'done', result }),
      (error: unknown) =>
        set(
          controller.signal.aborted
            ? { state: 'stopped' }
            : { state: 'failed', error: error instanceof Error ? error : new Error(String(error)) },
        ),
    );
  };
  useEffect(() => {
    setReading({ state: 'waiting' });
    if (atOnce) begin(false);
    return () => {
      const left = abort.current;
      abort.current = undefined;
      left?.abort();
    };
    // The caller passes the dependencies, as with useEffect.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, on);
  return { reading, start: () => begin(true), stop: () => abort.current?.abort() };
}
