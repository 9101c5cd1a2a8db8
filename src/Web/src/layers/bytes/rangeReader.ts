import type { Content } from '../../api/content.ts';
import type { ByteReader } from './byteReader.ts';
import { join } from '../../api/streams.ts';
import type { Reading } from './streams.ts';

/** Bytes of a request: enough that adjacent small files do not need a request each. */
const window = 256 * 1024;

/** Reads a blob by ranges, so that long skipped parts are not transferred. */
export class RangeReader implements ByteReader {
  position = 0;
  readonly #content: Content;
  readonly #reading: Reading;
  #held: Uint8Array = new Uint8Array(0);
  #heldFrom = 0;
  #transferred = 0;

  constructor(content: Content, reading: Reading = {}) {
    this.#content = content;
    this.#reading = reading;
  }

  async read(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = Math.min(length, this.#content.size - this.position);
    while (missing > 0) {
      const from = this.position - this.#heldFrom;
      if (from < 0 || from >= this.#held.length) {
        await this.#fetch();
        continue;
      }
      const part = this.#held.subarray(from, from + missing);
      parts.push(part);
      this.position += part.length;
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0]! : join(parts);
  }

  async skip(length: number): Promise<number> {
    const passed = Math.min(length, this.#content.size - this.position);
    this.position += passed;
    return passed;
  }

  async #fetch(): Promise<void> {
    const end = Math.min(this.position + window, this.#content.size);
    this.#held = await this.#content.read(this.position, end, this.#reading.signal);
    if (this.#held.length === 0) throw new Error('The registry returned an empty range.');
    this.#heldFrom = this.position;
    this.#transferred += this.#held.length;
    this.#reading.progress?.(this.#transferred);
  }
}

/** A part of a blob by growing ranges, for readers that may stop early. */
export async function* rangesOf(content: Content, start: number, end: number, reading: Reading): AsyncGenerator<Uint8Array> {
  let length = window / 4;
  for (let at = start; at < end;) {
    const piece = await content.read(at, Math.min(at + length, end), reading.signal);
    if (piece.length === 0) throw new Error('The registry returned an empty range.');
    at += piece.length;
    length = Math.min(length * 2, 16 * window);
    reading.progress?.(at - start);
    yield piece;
  }
}
