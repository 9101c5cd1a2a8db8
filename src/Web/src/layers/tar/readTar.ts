import type { ByteReader } from '../bytes/byteReader.ts';
import type { Entry } from '../entry.ts';
import { LayerError } from '../layerError.ts';
import { maxExtendedHeader, maxExtendedHeaders } from '../limits.ts';
import { entryOf, storedSize, type Extensions } from './entry.ts';
import { blockSize, parseHeader, tarText, type TarHeader } from './header.ts';
import { parsePax } from './pax.ts';

/** Iterates over the entries of a tar archive. The content of each is skipped when the next is requested. */
export async function* readTar(bytes: ByteReader): AsyncGenerator<Entry> {
  let extensions: Extensions = { pax: new Map() };
  let extended = 0;
  for (;;) {
    const block = await bytes.read(blockSize);
    // A block of zeros ends the archive, as does its end: some writers omit the blocks.
    if (block.length === 0 || (block.length === blockSize && block.every((byte) => byte === 0))) {
      if (extended > 0) throw truncated();
      return;
    }
    if (block.length < blockSize) throw truncated();
    const header = parseHeader(block);
    if ('xLKgV'.includes(header.type)) {
      if (++extended > maxExtendedHeaders) throw new LayerError(`More than ${maxExtendedHeaders} extended headers precede an entry.`);
      await extend(extensions, header, bytes);
      continue;
    }
    if (header.sparse?.more) await passSparseMap(bytes);
    yield entryOf(header, extensions, bytes.position);
    await pass(bytes, storedSize(header, extensions));
    extensions = { pax: new Map() };
    extended = 0;
  }
}

// Old GNU sparse files: the sparse map continues in further blocks while each states so.
async function passSparseMap(bytes: ByteReader): Promise<void> {
  let block: Uint8Array;
  do {
    block = await bytes.read(blockSize);
    if (block.length < blockSize) throw truncated();
  } while (block[504] !== 0);
}

async function extend(extensions: Extensions, header: TarHeader, bytes: ByteReader): Promise<void> {
  // Go's reader, and with it container runtimes, ignores global headers; V names the volume.
  if (header.type === 'g' || header.type === 'V') return pass(bytes, header.size);
  if (header.size > maxExtendedHeader)
    throw new LayerError(`An extended header has ${header.size} bytes; the limit of the web UI is ${maxExtendedHeader}.`);
  const content = await bytes.read(header.size);
  if (content.length < header.size) throw truncated();
  if (header.type === 'x') extensions.pax = parsePax(content);
  else if (header.type === 'L') extensions.longName = tarText(content);
  else extensions.longLink = tarText(content);
  await bytes.skip(padded(header.size) - header.size);
}

const padded = (size: number): number => Math.ceil(size / blockSize) * blockSize;

async function pass(bytes: ByteReader, size: number): Promise<void> {
  // The padding of the last entry may be missing.
  if ((await bytes.skip(size)) < size) throw truncated();
  await bytes.skip(padded(size) - size);
}

const truncated = (): LayerError => new LayerError('The archive ends too early.');
