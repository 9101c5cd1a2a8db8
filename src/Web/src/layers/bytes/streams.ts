import type { Content } from '../../api/content.ts';
import { LayerError } from '../layerError.ts';
import { maxUnpacked } from '../limits.ts';

/** Progress and cancellation of reading. */
export interface Reading {
  signal?: AbortSignal;
  /** Called with the number of transferred bytes of the blob. */
  progress?: (bytes: number) => void;
}

/** The bytes of a blob as they arrive; the transfer stops with the reader. */
export async function* streamOf(content: Content, reading: Reading): AsyncGenerator<Uint8Array> {
  const reader = (await content.stream(0, reading.signal)).getReader();
  let transferred = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      transferred += value.length;
      reading.progress?.(transferred);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Unpacked bytes up to a limit, with pauses that keep the page responsive. */
export async function* paced(pieces: AsyncIterable<Uint8Array>, signal?: AbortSignal, limit = maxUnpacked): AsyncGenerator<Uint8Array> {
  let unpacked = 0;
  let paused = performance.now();
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    unpacked += piece.length;
    if (unpacked > limit) throw new LayerError(`Reading stopped at ${limit} unpacked bytes, the limit of the web UI.`);
    yield piece;
    if (performance.now() - paused < 24) continue;
    await new Promise((resume) => setTimeout(resume));
    paused = performance.now();
  }
}
