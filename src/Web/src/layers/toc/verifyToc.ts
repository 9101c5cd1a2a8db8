import { digestOf } from '../../api/digests.ts';
import { LayerError } from '../layerError.ts';
import { join } from '../../api/streams.ts';

/** Throws if the index of a layer does not match its digest in the manifest, if digests can be computed. */
export async function verifyToc(bytes: Uint8Array, digest: string): Promise<void> {
  const found = await digestOf(bytes, digest.split(':')[0]);
  if (found !== undefined && found !== digest) throw new LayerError('The index of the layer is not the one that the manifest names.');
}

/** Concatenates chunks up to limit bytes. */
export async function readAll(pieces: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    // There may be any number of empty blocks.
    if (piece.length === 0) continue;
    length += piece.length;
    if (length > limit) throw new LayerError(`There are more than ${limit} bytes, the limit of the web UI.`);
    parts.push(piece);
  }
  return join(parts);
}

/** One chunk as a stream. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
