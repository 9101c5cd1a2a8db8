/** The type of an entry. Only parts of a sparse file are stored. */
export type EntryType =
  'file' | 'directory' | 'symlink' | 'hardlink' | 'character device' | 'block device' | 'fifo' | 'sparse file' | 'other';

/** Position of the content of a file: unpack the layer from byte start, and drop the first skip bytes. */
export interface Place {
  start: number;
  skip: number;
  /** End of the packed content, if an index states it. */
  end?: number;
}

/** One file, directory or link in a layer. All values are claims of the layer. */
export interface Entry {
  /** Segments joined by /, without one at the begin or the end; empty for the root. Not for display: see visible. */
  path: string;
  type: EntryType;
  /** In bytes, of the content. */
  size: number;
  /** Permission bits, with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  user?: string;
  group?: string;
  /** In seconds since 1970. */
  modified?: number;
  /** Target of a symlink, or path of the other file of a hard link. */
  link?: string;
  /** Warnings about its name, for display. */
  odd?: string;
  /** Digest of the content, if an index has it. */
  digest?: string;
  place: Place;
}

/** Such as drwxr-xr-x. */
export function formatMode(entry: Entry): string {
  const kinds: Record<EntryType, string> = {
    file: '-',
    directory: 'd',
    symlink: 'l',
    hardlink: '-',
    'character device': 'c',
    'block device': 'b',
    fifo: 'p',
    'sparse file': '-',
    other: '?',
  };
  const { mode } = entry;
  const triple = (shift: number, special: number, letter: string): string => {
    const executes = (mode >> shift) & 1;
    const last = mode & special ? (executes ? letter : letter.toUpperCase()) : executes ? 'x' : '-';
    return `${(mode >> (shift + 2)) & 1 ? 'r' : '-'}${(mode >> (shift + 1)) & 1 ? 'w' : '-'}${last}`;
  };
  return kinds[entry.type] + triple(6, 0o4000, 's') + triple(3, 0o2000, 's') + triple(0, 0o1000, 't');
}

/** Such as root:root, or 0:0 without names. */
export const formatOwner = (entry: Entry): string => `${entry.user || entry.uid}:${entry.group || entry.gid}`;
