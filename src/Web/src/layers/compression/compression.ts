import { hasChecksum, blockSize } from '../tar/header.ts';
import { LayerError } from '../layerError.ts';
import { gunzip } from './gunzip.ts';
import { frameKind, unzstd } from './zstd/unzstd.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** The compression stated by the media type of a layer (image spec, "Layer Media Types"); undefined if not stated. */
export function namedCompression(mediaType: string): Compression | undefined {
  const type = mediaType.split(';')[0]!.trim().toLowerCase();
  if (/[+.]gzip$|tar\.gz$|\.tgz$/.test(type)) return 'gzip';
  if (/[+.]zstd$|[+.]zst$/.test(type)) return 'zstd';
  return /(^|[.+/-])tar$/.test(type) ? 'none' : undefined;
}

/** Detects the compression of a layer from its first bytes. Throws for unsupported formats. */
export function compressionOf(begin: Uint8Array): Compression {
  if (begin[0] === 0x1f && begin[1] === 0x8b) return 'gzip';
  if (frameKind(begin) !== undefined) return 'zstd';
  if (begin.length === 0) return 'none';
  if (begin.length === blockSize && (hasChecksum(begin) || begin.every((byte) => byte === 0))) return 'none';
  for (const [name, magic] of others) {
    if (magic.every((byte, at) => begin[at] === byte)) throw new LayerError(`It is compressed with ${name}, which is not supported.`);
  }
  throw new LayerError('It is neither a tar archive nor compressed with gzip or zstd.');
}

const others: [string, number[]][] = [
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
];

/** Unpacks the stream that open returns. open may be called again. */
export function unpack(compression: Compression, open: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (compression === 'gzip') return gunzip(open);
  return compression === 'zstd' ? unzstd(open()) : open();
}
