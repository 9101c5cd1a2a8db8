import { LayerError } from '../layerError.ts';
import { maxText } from '../limits.ts';
import { tarNumber } from './number.ts';

/** Bytes of a header; content is padded to a multiple of it. */
export const blockSize = 512;

/** A raw header: POSIX ustar, GNU or older. */
export interface TarHeader {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content that follow. */
  size: number;
  modified: number;
  /** One character. */
  type: string;
  link: string;
  user: string;
  group: string;
  /** For GNU sparse files: the full size, and whether the sparse map continues after the header. */
  sparse?: { size: number; more: boolean };
}

const decoder = new TextDecoder();

/** Text up to the first NUL; long texts are cut. */
export function tarText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(field.subarray(0, Math.min(end < 0 ? field.length : end, maxText)));
}

/** Reads a header, and verifies its checksum. */
export function parseHeader(block: Uint8Array): TarHeader {
  if (!hasChecksum(block)) throw new LayerError('This is not a tar archive, or it is damaged: the checksum of a header is wrong.');
  const size = tarNumber(block.subarray(124, 136));
  if (size === undefined) throw new LayerError('The archive is damaged: a size is not a number.');
  const number = (from: number, to: number): number => tarNumber(block.subarray(from, to)) ?? 0;
  const magic = tarText(block.subarray(257, 263));
  const name = tarText(block.subarray(0, 100));
  const prefix = magic === 'ustar' ? tarText(block.subarray(345, 500)) : '';
  const type = String.fromCharCode(block[156]!);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(100, 108),
    uid: number(108, 116),
    gid: number(116, 124),
    size,
    modified: number(136, 148),
    type,
    link: tarText(block.subarray(157, 257)),
    user: tarText(block.subarray(265, 297)),
    group: tarText(block.subarray(297, 329)),
    ...(type === 'S' && { sparse: { size: number(483, 495), more: block[482] !== 0 } }),
  };
}

/** Whether the checksum is right: the sum of all bytes with its own field as spaces; some writers used signed bytes. */
export function hasChecksum(block: Uint8Array): boolean {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockSize; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : block[at]!;
    unsigned += byte;
    signed += (byte << 24) >> 24;
  }
  const stored = tarNumber(block.subarray(148, 156));
  return stored === unsigned || stored === signed;
}
