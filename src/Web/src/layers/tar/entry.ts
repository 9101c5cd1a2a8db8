import type { Entry, EntryType } from '../entry.ts';
import { pathOf } from '../entryPaths.ts';
import type { TarHeader } from './header.ts';
import { paxNumber } from './pax.ts';

const types: Record<string, EntryType> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character device',
  '4': 'block device',
  '5': 'directory',
  '6': 'fifo',
  S: 'sparse file',
};

/** Values of the extended headers of an entry. */
export interface Extensions {
  pax: Map<string, string>;
  longName?: string;
  longLink?: string;
}

/** Bytes of content that follow the header in the archive. */
export function storedSize(header: TarHeader, { pax }: Extensions): number {
  const size = paxNumber(pax, 'size') ?? header.size;
  // Links, devices, directories and fifos have no content, whatever their size field.
  return '123456'.includes(header.type) ? 0 : size;
}

/** The entry that a header with its extensions describes; its content begins at start. */
export function entryOf(header: TarHeader, extensions: Extensions, start: number): Entry {
  const { pax } = extensions;
  const name = pax.get('GNU.sparse.name') ?? pax.get('path') ?? extensions.longName ?? header.name;
  const sparse = header.sparse !== undefined || [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  // Archives older than POSIX mark a directory by its name only.
  const directory = (header.type === '0' || header.type === '\0') && name.endsWith('/');
  const type = sparse ? 'sparse file' : directory ? 'directory' : (types[header.type] ?? 'other');
  const modified = Number(pax.get('mtime') ?? header.modified);
  const entry: Entry = {
    ...pathOf(name),
    type,
    size:
      paxNumber(pax, 'GNU.sparse.realsize') ?? paxNumber(pax, 'GNU.sparse.size') ?? header.sparse?.size ?? storedSize(header, extensions),
    mode: header.mode & 0o7777,
    uid: paxNumber(pax, 'uid') ?? header.uid,
    gid: paxNumber(pax, 'gid') ?? header.gid,
    place: { start: 0, skip: start },
  };
  const user = pax.get('uname') ?? header.user;
  const group = pax.get('gname') ?? header.group;
  if (user !== '') entry.user = user;
  if (group !== '') entry.group = group;
  if (Number.isFinite(modified)) entry.modified = Math.floor(modified);
  if (type === 'symlink' || type === 'hardlink') entry.link = pax.get('linkpath') ?? extensions.longLink ?? header.link;
  return entry;
}
