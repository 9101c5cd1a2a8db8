import type { Entry, EntryType } from '../entry.ts';
import { LayerError } from '../layerError.ts';
import { maxEntries } from '../limits.ts';
import { pathOf } from '../entryPaths.ts';

const types: Record<string, EntryType> = {
  reg: 'file',
  dir: 'directory',
  symlink: 'symlink',
  hardlink: 'hardlink',
  char: 'character device',
  block: 'block device',
  fifo: 'fifo',
};

type Fields = Record<string, unknown>;

/**
 * The entries that a table of contents lists: the JSON of eStargz (its docs/estargz.md, "TOC, TOCEntries and Footer"), which
 * zstd:chunked uses as well. The packed contents are consecutive and end at byte end of the layer.
 */
export function entriesOf(json: Uint8Array, end: number): Entry[] {
  const listed = entriesField(json);
  const starts = listed
    .map((fields) => count(fields.offset))
    .filter((offset) => offset > 0 && offset <= end)
    .sort((one, other) => one - other);
  const following = new Map(starts.map((start, at) => [start, starts[at + 1]]));
  const entries: Entry[] = [];
  // Files with several chunks, and the offset of the last chunk.
  const lastStart = new Map<string, number>();
  for (const fields of listed)
    if (typeof fields.name === 'string' && (fields.type === 'reg' || fields.type === 'chunk'))
      lastStart.set(fields.name, count(fields.offset));
  for (const fields of listed) {
    if (entries.length >= maxEntries || typeof fields.name !== 'string' || typeof fields.type !== 'string' || fields.type === 'chunk')
      continue;
    entries.push(entryOf(fields, fields.name, fields.type, following.get(lastStart.get(fields.name) ?? 0) ?? end));
  }
  return entries;
}

function entriesField(json: Uint8Array): Fields[] {
  let toc: unknown;
  try {
    toc = JSON.parse(new TextDecoder().decode(json));
  } catch {
    throw new LayerError('The index of the layer is not JSON.');
  }
  const { entries, version } = Object(toc) as Fields;
  if (version !== 1 || !Array.isArray(entries)) throw new LayerError('The index of the layer has an unknown form.');
  return entries.filter((fields: unknown): fields is Fields => typeof fields === 'object' && fields !== null);
}

function entryOf(fields: Fields, name: string, type: string, next: number): Entry {
  const place = { start: count(fields.offset), skip: count(fields.innerOffset), end: count(fields.endOffset) || next };
  const entry: Entry = {
    ...pathOf(name),
    type: (Object.hasOwn(types, type) && types[type]) || 'other',
    size: count(fields.size),
    mode: count(fields.mode) & 0o7777,
    uid: count(fields.uid),
    gid: count(fields.gid),
    place,
  };
  if (typeof fields.userName === 'string' && fields.userName !== '') entry.user = fields.userName;
  if (typeof fields.groupName === 'string' && fields.groupName !== '') entry.group = fields.groupName;
  if (typeof fields.linkName === 'string') entry.link = fields.linkName;
  if (typeof fields.digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(fields.digest)) entry.digest = fields.digest;
  const modified = typeof fields.modtime === 'string' ? Date.parse(fields.modtime) / 1000 : Number.NaN;
  if (Number.isFinite(modified)) entry.modified = Math.floor(modified);
  return entry;
}

const count = (value: unknown): number => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0);
