import type { Reading } from './bytes/streams.ts';
import type { Entry } from './entry.ts';
import { maxCharacters, maxEntries } from './limits.ts';
import type { Layer } from './openLayer.ts';

/** How much of a layer is listed: its entries, and the characters of what they are called. */
export interface ListLimits {
  entries: number;
  characters: number;
}

/** Gives each entry of a layer up to a limit, and says whether that was all. */
export async function eachEntry(
  layer: Layer,
  reading: Reading,
  give: (entry: Entry) => void,
  limits: ListLimits = { entries: maxEntries, characters: maxCharacters },
): Promise<boolean> {
  let count = 0;
  let characters = 0;
  for await (const entry of layer.entries(reading)) {
    reading.signal?.throwIfAborted();
    characters += charactersOf(entry);
    if (count++ >= limits.entries || characters > limits.characters) return false;
    give(entry);
  }
  return true;
}

/** Of all the names that an entry holds. */
export const charactersOf = ({ path, link = '', user = '', group = '' }: Entry): number =>
  path.length + link.length + user.length + group.length;
