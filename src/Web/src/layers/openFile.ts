import { digestOf } from '../api/digests.ts';
import { imageType } from '../artifacts/detectFormat.ts';
import { decodeText } from '../artifacts/decoding/text.ts';
import { join } from '../api/streams.ts';
import type { Entry } from './entry.ts';
import { maxPicture, maxSaved, maxShown } from './limits.ts';
import { LayerError } from './layerError.ts';
import type { Reading } from './bytes/streams.ts';

/** The displayable content of a file. */
export interface OpenedFile {
  bytes: Uint8Array;
  /** Whether the file was read only in part. */
  cut: boolean;
  /** The media type of an image that browsers show without running code. */
  picture?: string;
  text?: string;
  /** Whether the content matches its digest in the index; undefined without one, or if not all was read. */
  verified?: boolean;
}

/** A source of the content of a file. */
export type ReadFile = (reading: Reading) => AsyncIterable<Uint8Array>;

/** Reads the shown part of a file, and detects its format. */
export async function openFile(entry: Entry, read: ReadFile, signal?: AbortSignal): Promise<OpenedFile> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let limit = maxShown;
  for await (const piece of read(signal ? { signal } : {})) {
    // An image is shown as a whole or not at all.
    if (length === 0 && imageType(piece) !== undefined && entry.size <= maxPicture) limit = maxPicture;
    parts.push(piece.subarray(0, limit - length));
    length += Math.min(piece.length, limit - length);
    if (length >= limit) break;
  }
  const bytes = join(parts);
  const cut = length < entry.size;
  const opened: OpenedFile = { bytes, cut };
  const found = cut || entry.digest === undefined ? undefined : await digestOf(bytes);
  if (found !== undefined) opened.verified = found === entry.digest;
  const picture = cut ? undefined : imageType(bytes);
  const text = picture === undefined ? decodeText(bytes, cut) : undefined;
  if (picture !== undefined) opened.picture = picture;
  if (text !== undefined && isReadable(text)) opened.text = text;
  return opened;
}

// Binary content that happens to be valid UTF-8 has many control characters.
function isReadable(text: string): boolean {
  const controls = text.slice(0, 4096).match(/[\u0001-\u0008\u000e-\u001a\u001c-\u001f]/g)?.length ?? 0;
  return controls * 20 <= Math.min(text.length, 4096);
}

/** All of a file as a Blob, which the browser may store on disk. */
export async function saveFile(size: number, read: ReadFile, reading: Reading, limit = maxSaved): Promise<Blob> {
  if (size > limit) throw new LayerError(`The file has ${size} bytes; the web UI saves up to ${limit}.`);
  const saved: Blob[] = [];
  let pieces: Uint8Array[] = [];
  let length = 0;
  const flush = (): void => {
    // A generic media type, because a saved file must not be rendered.
    saved.push(new Blob(pieces as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' }));
    pieces = [];
    length = 0;
  };
  for await (const piece of read(reading)) {
    pieces.push(piece.slice());
    length += piece.length;
    if (length > 4 * maxShown) flush();
  }
  flush();
  return new Blob(saved, { type: 'application/octet-stream' });
}
