import type { Reading } from './bytes/streams.ts';
import type { Entry } from './entry.ts';
import { maxCharacters, maxEntries } from './limits.ts';
import type { Layer } from './openLayer.ts';

/** Limits of listing a layer: entries, and characters of their names. */
export interface ListLimits {
  entries: number;
  characters: number;
}

/** Calls back for each entry of a layer up to a limit, and returns whether that was all. */
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

/** Characters of all names of an entry. */
export const charactersOf = ({ path, link = '', user = '', group = '' }: Entry): number =>
  path.length + link.length + user.length + group.length;
