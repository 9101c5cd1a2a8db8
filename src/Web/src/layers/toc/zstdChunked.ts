import type { Content } from '../../api/content.ts';
import type { Descriptor } from '../../oci/types.ts';
import { unzstd } from '../compression/zstd/unzstd.ts';
import type { Entry } from '../entry.ts';
import { LayerError } from '../layerError.ts';
import { maxIndex, maxPackedIndex } from '../limits.ts';
import { entriesOf } from './toc.ts';
import { readAll, once, verifyToc } from './verifyToc.ts';

const prefix = 'io.github.containers.zstd-chunked.';

/** Position of the index in a zstd:chunked layer in bytes, and its digest. */
export interface IndexPosition {
  start: number;
  length: number;
  digest: string;
}

/** Reads the annotations of a zstd:chunked layer (containers/storage, pkg/chunked): offset:length:unpacked length:type, and a digest. */
export function chunkedPosition(descriptor: Descriptor): IndexPosition | undefined {
  const match = /^(\d{1,15}):(\d{1,10}):\d{1,10}:1$/.exec(descriptor.annotations?.[`${prefix}manifest-position`] ?? '');
  const digest = descriptor.annotations?.[`${prefix}manifest-checksum`];
  return match && digest !== undefined ? { start: Number(match[1]), length: Number(match[2]), digest } : undefined;
}

/** The entries of a zstd:chunked layer, from its index. */
export async function chunkedEntries(content: Content, { start, length, digest }: IndexPosition, signal?: AbortSignal): Promise<Entry[]> {
  if (length > maxPackedIndex) throw new LayerError('The index of the layer exceeds the limit of the web UI.');
  if (start + length > content.size) throw new LayerError('The position of the index is beyond the end of the layer.');
  const packed = await content.read(start, start + length, signal);
  await verifyToc(packed, digest);
  // The index is in a skippable frame after all contents, with a header of 8 bytes.
  return entriesOf(await readAll(unzstd(once(packed)), maxIndex), start - 8);
}
