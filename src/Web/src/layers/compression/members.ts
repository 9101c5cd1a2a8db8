import { join } from '../../api/streams.ts';
import { LayerError } from '../layerError.ts';
import { crc32 } from './crc32.ts';
import { Inflate, inflateBuffer } from './inflate.ts';

/** Maximum header size of a member in bytes, because names and comments may have any length. */
const maxHeader = 128 * 1024;
/** Bytes that are unpacked at once: the output can be a thousand times larger. */
const sliceSize = 16 * 1024;

/** Unpacks gzip members that follow each other (RFC 1952, section 2.2), and verifies each. */
export async function* gunzipMembers(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let given: Uint8Array[] = [];
  const members = new Members((bytes) => given.push(bytes));
  const drain = function* (): Generator<Uint8Array> {
    const ready = given;
    given = [];
    yield* ready;
  };
  for await (const piece of packed) {
    for (let at = 0; at < piece.length; at += sliceSize) {
      members.push(piece.subarray(at, at + sliceSize), false);
      yield* drain();
    }
  }
  members.push(new Uint8Array(0), true);
  yield* drain();
}

class Members {
  readonly #give: (bytes: Uint8Array) => void;
  // Shared by all members: there may be one for each file.
  readonly #buffer = new Uint8Array(inflateBuffer);
  #pending: Uint8Array = new Uint8Array(0);
  #body: Inflate | undefined;
  #count = 0;
  #crc = 0;
  #size = 0;

  constructor(give: (bytes: Uint8Array) => void) {
    this.#give = give;
  }

  push(bytes: Uint8Array, final: boolean): void {
    if (this.#body && !this.#body.done) {
      this.#body.push(bytes, final);
      if (!this.#body.done) return;
      this.#pending = this.#body.rest;
    } else this.#pending = join([this.#pending, bytes]);
    while (this.#step(final));
  }

  // Reads a trailer, or a header and its content. Returns whether there may be more.
  #step(final: boolean): boolean {
    if (this.#body) return this.#end(final);
    // Zeros after the last member are padding.
    if (this.#count > 0 && this.#pending.every((byte) => byte === 0)) return this.#rest(this.#pending.length);
    const length = headerLength(this.#pending);
    if (length === undefined) {
      if (final) throw new LayerError('The gzip data ends too early.');
      if (this.#pending.length > maxHeader) throw new LayerError('The header of the gzip data exceeds the limit of the web UI.');
      return false;
    }
    this.#count++;
    this.#crc = this.#size = 0;
    this.#body = new Inflate((bytes) => {
      this.#crc = crc32(bytes, this.#crc);
      this.#size += bytes.length;
      this.#give(bytes);
    }, this.#buffer);
    this.#body.push(this.#pending.subarray(length), final);
    this.#pending = this.#body.rest;
    return this.#body.done;
  }

  #end(final: boolean): boolean {
    if (this.#pending.length < 8) {
      if (final) throw new LayerError('The gzip data ends too early.');
      return false;
    }
    const trailer = new DataView(this.#pending.buffer, this.#pending.byteOffset, 8);
    if (trailer.getUint32(0, true) !== this.#crc || trailer.getUint32(4, true) !== this.#size % 2 ** 32)
      throw new LayerError('The gzip data is damaged: a checksum is wrong.');
    this.#body = undefined;
    return this.#rest(8);
  }

  #rest(from: number): boolean {
    this.#pending = this.#pending.subarray(from);
    return this.#pending.length > 0;
  }
}

// Undefined if more input is needed (RFC 1952, section 2.3).
function headerLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 10) return undefined;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8)
    throw new LayerError('This is not gzip data, or it is followed by other data.');
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8);
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & 2) at += 2;
  return at < bytes.length ? at : undefined;
}
