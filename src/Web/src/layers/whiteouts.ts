import type { Entry } from './entry.ts';
import { folderOf, lastOf } from './entryPaths.ts';

/** What a whiteout hides of lower layers (image spec, "Whiteouts"): one path, or all content of a folder. */
export interface Whiteout {
  path: string;
  /** Whether only the content of the folder is hidden. */
  opaque: boolean;
}

const prefix = '.wh.';
const opaqueName = '.wh..wh..opq';

/** Whether the entry is a whiteout marker, not a file. */
export const isWhiteout = (entry: Entry): boolean => lastOf(entry.path).startsWith(prefix);

/** The whiteout of an entry, if it is one. */
export function parseWhiteout(entry: Entry): Whiteout | undefined {
  const name = lastOf(entry.path);
  if (!isWhiteout(entry)) return undefined;
  const folder = folderOf(entry.path);
  if (name === opaqueName) return { path: folder, opaque: true };
  // Other names with two prefixes belong to AUFS, and hide nothing.
  if (name.startsWith('.wh..wh.')) return undefined;
  return { path: folder === '' ? name.slice(prefix.length) : `${folder}/${name.slice(prefix.length)}`, opaque: false };
}
