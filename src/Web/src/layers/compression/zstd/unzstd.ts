import { StreamReader, type ByteReader } from '../../bytes/byteReader.ts';
import { LayerError } from '../../layerError.ts';
import { maxWindow } from '../../limits.ts';
import { damaged, truncated } from './errors.ts';
import type { LiteralCode } from './huffman.ts';
import { literalsOf, maxBlock } from './literals.ts';
import { newSequenceState, runSequences } from './sequences.ts';
import { Window } from './window.ts';

/**
 * Decodes consecutive zstd frames and skips skippable ones (RFC 8878, section 3.1). The cost of each block is bounded,
 * whatever its header states. The optional checksums of frames are not verified: the digest of a layer covers more.
 */
export async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new StreamReader(packed);
  const window = new Window();
  try {
    for (;;) {
      const magic = await bytes.read(4);
      if (magic.length === 0) return;
      const kind = frameKind(magic);
      if (kind === 'skippable') {
        const size = little(await exactly(bytes, 4));
        if ((await bytes.skip(size)) < size) throw truncated();
      } else if (kind === 'frame') yield* frame(bytes, window);
      else throw new LayerError('This is not zstd data, or it is followed by other data.');
    }
  } finally {
    await bytes.close();
  }
}

/** The kind of frame with this magic number; undefined for none. */
export function frameKind(magic: Uint8Array): 'frame' | 'skippable' | undefined {
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd) return 'frame';
  return (magic[0]! & 0xf0) === 0x50 && magic[1] === 0x2a && magic[2] === 0x4d && magic[3] === 0x18 ? 'skippable' : undefined;
}

async function* frame(bytes: ByteReader, window: Window): AsyncGenerator<Uint8Array> {
  const { size, checksum } = await frameHeader(bytes);
  window.begin(size);
  const sequences = newSequenceState();
  let code: LiteralCode | undefined;
  for (let last = false; !last;) {
    const head = little(await exactly(bytes, 3));
    last = (head & 1) === 1;
    const type = (head >> 1) & 3;
    const length = head >> 3;
    if (length > maxBlock || type === 3) throw damaged();
    window.reserve();
    if (type === 0) window.append(await exactly(bytes, length));
    else if (type === 1) window.fill((await exactly(bytes, 1))[0]!, length);
    else {
      const block = await exactly(bytes, length);
      if (block.length === 0) throw damaged();
      const read = literalsOf(block, code);
      code = read.code;
      runSequences(block.subarray(read.length), read.literals, sequences, window);
    }
    yield window.taken();
  }
  if (checksum) await exactly(bytes, 4);
}

// RFC 8878, section 3.1.1.1.
async function frameHeader(bytes: ByteReader): Promise<{ size: number; checksum: boolean }> {
  const descriptor = (await exactly(bytes, 1))[0]!;
  if (descriptor & 8) throw damaged();
  const single = (descriptor & 0x20) !== 0;
  const windowByte = single ? 0 : (await exactly(bytes, 1))[0]!;
  if (little(await exactly(bytes, [0, 1, 2, 4][descriptor & 3]!)) !== 0)
    throw new LayerError('The zstd data needs a dictionary, which is not supported.');
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const content = little(await exactly(bytes, sizeBytes)) + (sizeBytes === 2 ? 256 : 0);
  const base = 2 ** (10 + (windowByte >> 3));
  const size = single ? content : base + (base / 8) * (windowByte & 7);
  if (size > maxWindow) throw new LayerError(`The zstd data needs a window of ${size} bytes; the limit of the web UI is ${maxWindow}.`);
  return { size, checksum: (descriptor & 4) !== 0 };
}

const little = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0);

async function exactly(bytes: ByteReader, length: number): Promise<Uint8Array> {
  const read = await bytes.read(length);
  if (read.length < length) throw truncated();
  return read;
}
