import { join } from '../../api/streams.ts';

/** Sequential reader that can skip bytes. */
export interface ByteReader {
  /** Number of bytes that were read or skipped. */
  readonly position: number;
  /** The next bytes; fewer only at the end. The buffer may be reused by the next call. */
  read(length: number): Promise<Uint8Array>;
  /** Skips bytes, and returns how many; fewer only at the end. */
  skip(length: number): Promise<number>;
}

/** Reads a stream of chunks. Holds one chunk and the requested bytes. */
export class StreamReader implements ByteReader {
  position = 0;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array> {
    if (this.#piece.length >= length) return this.#take(length);
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0 && (this.#piece.length > 0 || (await this.#next()))) {
      const part = this.#take(Math.min(missing, this.#piece.length));
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0]! : join(parts);
  }

  async skip(length: number): Promise<number> {
    let missing = length;
    while (missing > 0 && (this.#piece.length > 0 || (await this.#next())))
      missing -= this.#take(Math.min(missing, this.#piece.length)).length;
    return length - missing;
  }

  /** Releases the source. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  #take(length: number): Uint8Array {
    const taken = this.#piece.subarray(0, length);
    this.#piece = this.#piece.subarray(length);
    this.position += length;
    return taken;
  }

  async #next(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done) return false;
    this.#piece = next.value;
    return true;
  }
}
