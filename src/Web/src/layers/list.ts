import type { Entry } from './entry.ts';
import { maxEntries } from './limits.ts';
import type { Layer } from './openLayer.ts';
import type { Reading } from './bytes/source.ts';

/** Gives each entry of a layer up to a limit, and says whether that was all. */
export async function eachEntry(layer: Layer, reading: Reading, give: (entry: Entry) => void, limit = maxEntries): Promise<boolean> {
  let count = 0;
  for await (const entry of layer.entries(reading)) {
    reading.signal?.throwIfAborted();
    if (count++ >= limit) return false;
    give(entry);
  }
  return true;
}
