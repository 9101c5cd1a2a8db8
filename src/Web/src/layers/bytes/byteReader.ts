import { join } from '../../api/streams.ts';

/** Bytes one after the other, with those that nobody needs passed over. */
export interface ByteReader {
  /** How many bytes were read or passed over. */
  readonly position: number;
  /** The next bytes, fewer only where the end is. They may change with the next call. */
  read(length: number): Promise<Uint8Array>;
  /** Passes over bytes, and says over how many: fewer only where the end is. */
  skip(length: number): Promise<number>;
}

/** Reads what arrives in pieces. Holds one piece, and what was asked for. */
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

  /** Lets go of where the pieces come from. */
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
