import { decodeText } from './decoding/text.ts';

/** How a blob can be shown. */
export type BlobFormat = 'layer' | 'json' | 'cose' | 'wasm' | 'elf' | 'image' | 'text' | 'hex';

/** Detects the format of a blob from its media type, name and first bytes, because a media type may be wrong. */
export function detectFormat(mediaType: string, head: Uint8Array, size: number, title = ''): BlobFormat {
  if (isTar(mediaType, head, title)) return 'layer';
  if (startsWith(head, 0, [0x00, 0x61, 0x73, 0x6d])) return 'wasm';
  if (startsWith(head, 0, [0x7f, 0x45, 0x4c, 0x46])) return 'elf';
  if (mediaType === 'application/cose') return 'cose';
  if (imageType(head) !== undefined) return 'image';
  const text = decodeText(head, head.length < size);
  if (text === undefined) return 'hex';
  return /[/+]json$/.test(mediaType) || /^\s*[{[]/.test(text) ? 'json' : 'text';
}

/** The media type of images that a browser renders without running code: not SVG, which can contain scripts. */
export function imageType(head: Uint8Array): string | undefined {
  if (startsWith(head, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png';
  if (startsWith(head, 0, [0xff, 0xd8, 0xff])) return 'image/jpeg';
  if (startsWith(head, 0, [0x47, 0x49, 0x46, 0x38])) return 'image/gif';
  if (startsWith(head, 0, [0x52, 0x49, 0x46, 0x46]) && startsWith(head, 8, [0x57, 0x45, 0x42, 0x50])) return 'image/webp';
  return undefined;
}

function isTar(mediaType: string, head: Uint8Array, title: string): boolean {
  const isGzip = startsWith(head, 0, [0x1f, 0x8b]);
  const isZstd = startsWith(head, 0, [0x28, 0xb5, 0x2f, 0xfd]);
  if (startsWith(head, 257, [0x75, 0x73, 0x74, 0x61, 0x72])) return true;
  return (isGzip || isZstd) && (/[./+]tar\b/.test(mediaType) || /\.(tgz|tar\.(gz|zst))$/.test(title));
}

const startsWith = (bytes: Uint8Array, at: number, magic: number[]): boolean => magic.every((byte, index) => bytes[at + index] === byte);
