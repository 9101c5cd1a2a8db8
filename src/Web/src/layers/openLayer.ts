import type { Content } from '../api/content.ts';
import type { Descriptor } from '../oci/types.ts';
import { RangeReader, rangesOf } from './bytes/rangeReader.ts';
import { StreamReader } from './bytes/byteReader.ts';
import { paced, streamOf, type Reading } from './bytes/streams.ts';
import { compressionOf, unpack, type Compression } from './compression/compression.ts';
import type { Entry } from './entry.ts';
import { chunkedEntries, chunkedPosition } from './toc/zstdChunked.ts';
import { stargzDigest, stargzEntries } from './toc/stargz.ts';
import { LayerError } from './layerError.ts';
import { readTar } from './tar/readTar.ts';

/** A layer whose files can be listed and read. */
export interface Layer {
  /** How it is listed: from its index, by ranges from header to header, or by reading all of it. */
  way: 'index' | 'ranges' | 'stream';
  compression: Compression;
  /** Its entries, as a stream. */
  entries(reading?: Reading): AsyncIterable<Entry>;
  /** The content of a file. */
  file(entry: Entry, reading?: Reading): AsyncIterable<Uint8Array>;
  /** Why the index that the manifest declares is not used. */
  unusedIndex?: string;
}

/** Whether the manifest declares an index of the layer, so that the layer is not read as a whole. */
export const namesIndex = (descriptor: Descriptor): boolean =>
  stargzDigest(descriptor) !== undefined || chunkedPosition(descriptor) !== undefined;

/** Detects the format of a layer from its first bytes and its descriptor. */
export async function openLayer(content: Content, descriptor: Descriptor, signal?: AbortSignal): Promise<Layer> {
  if (descriptor.mediaType.includes('+encrypted')) throw new LayerError('The layer is encrypted.');
  const compression = compressionOf(content.size === 0 ? new Uint8Array(0) : await content.read(0, Math.min(512, content.size), signal));
  const layer = { compression, file: (entry: Entry, reading: Reading = {}) => fileOf(content, compression, entry, reading) };
  try {
    const indexed = await fromIndex(content, descriptor, compression, signal);
    if (indexed) return { ...layer, way: 'index', entries: () => each(indexed) };
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    return { ...readThrough(content, compression), ...layer, unusedIndex: error.message };
  }
  return { ...readThrough(content, compression), ...layer };
}

async function fromIndex(
  content: Content,
  descriptor: Descriptor,
  compression: Compression,
  signal?: AbortSignal,
): Promise<Entry[] | undefined> {
  const position = chunkedPosition(descriptor);
  if (compression === 'zstd' && position) return chunkedEntries(content, position, signal);
  const digest = stargzDigest(descriptor);
  return compression === 'gzip' && digest !== undefined ? stargzEntries(content, digest, signal) : undefined;
}

async function* each(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

function readThrough(content: Content, compression: Compression): Pick<Layer, 'way' | 'entries'> {
  if (compression === 'none') return { way: 'ranges', entries: (reading) => readTar(new RangeReader(content, reading)) };
  return { way: 'stream', entries: (reading = {}) => streamedEntries(content, compression, reading) };
}

async function* streamedEntries(content: Content, compression: Compression, reading: Reading): AsyncGenerator<Entry> {
  const bytes = new StreamReader(
    paced(
      unpack(compression, () => streamOf(content, reading)),
      reading.signal,
    ),
  );
  try {
    yield* readTar(bytes);
  } finally {
    await bytes.close();
  }
}

async function* fileOf(content: Content, compression: Compression, entry: Entry, reading: Reading): AsyncGenerator<Uint8Array> {
  const { place } = entry;
  let missing = entry.size;
  if (missing === 0) return;
  let { skip } = place;
  const ranged = compression === 'none' || place.end !== undefined;
  const start = compression === 'none' ? place.start + skip : place.start;
  if (compression === 'none') skip = 0;
  const end = Math.min(place.end ?? start + missing, content.size);
  const packed = (): AsyncIterable<Uint8Array> => (ranged ? rangesOf(content, start, end, reading) : streamOf(content, reading));
  for await (const piece of paced(unpack(compression, packed), reading.signal)) {
    const wanted = piece.subarray(Math.min(skip, piece.length), skip + missing);
    skip -= Math.min(skip, piece.length);
    missing -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (missing === 0) return;
  }
  throw new LayerError('The layer ends before the end of the file.');
}
