import { useEffect, useRef, useState } from 'preact/hooks';

/** Something that takes a while and is begun by whoever wants it. */
export interface LongReading<Result, Progress> {
  state: 'waiting' | 'reading' | 'done' | 'stopped' | 'failed';
  progress?: Progress;
  result?: Result;
  error?: Error;
}

/** How often progress is shown, in milliseconds. */
const interval = 250;

/** Asked says whether somebody called for it. */
type Read<Result, Progress> = (signal: AbortSignal, progress: (now: Progress) => void, asked: boolean) => Promise<Result>;

/** Reads when start is called, or at once; begins anew when one of what it depends on changes. */
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
    // The caller names what this depends on, as with useEffect itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, on);
  return { reading, start: () => begin(true), stop: () => abort.current?.abort() };
}
