import type { Entry } from './entry.ts';
import { folderOf, lastOf } from './entryPaths.ts';

/** What an entry takes away of the layers below its own (image spec, "Whiteouts"): one path, or all in a folder. */
export interface Whiteout {
  path: string;
  /** Whether the folder itself stays, and only what is in it goes. */
  opaque: boolean;
}

const prefix = '.wh.';
const opaqueName = '.wh..wh..opq';

/** Whether it is a mark for what unpacks layers, and no file. */
export const isWhiteout = (entry: Entry): boolean => lastOf(entry.path).startsWith(prefix);

/** What the entry takes away, if it is a whiteout. */
export function parseWhiteout(entry: Entry): Whiteout | undefined {
  const name = lastOf(entry.path);
  if (!isWhiteout(entry)) return undefined;
  const folder = folderOf(entry.path);
  if (name === opaqueName) return { path: folder, opaque: true };
  // Other names with two prefixes are AUFS's own, and take nothing away.
  if (name.startsWith('.wh..wh.')) return undefined;
  return { path: folder === '' ? name.slice(prefix.length) : `${folder}/${name.slice(prefix.length)}`, opaque: false };
}
