/** What an entry of a layer is. A sparse file is one whose stored bytes are only its parts. */
export type EntryType =
  'file' | 'directory' | 'symlink' | 'hardlink' | 'character device' | 'block device' | 'fifo' | 'sparse file' | 'other';

/** Where the content of a file begins: unpack from byte start of the layer on, and drop the first skip bytes. */
export interface Place {
  start: number;
  skip: number;
  /** Where the packed content ends, when an index says so. */
  end?: number;
}

/** One file, directory or link in a layer. Everything in it is what the layer claims. */
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
  /** Of a symlink what it holds, of a hard link the path of the other file. */
  link?: string;
  /** What is strange about its name, for people. */
  odd?: string;
  /** Of the content, where an index holds it. */
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

/** Such as root:root, or 0:0 where no names are known. */
export const formatOwner = (entry: Entry): string => `${entry.user || entry.uid}:${entry.group || entry.gid}`;
