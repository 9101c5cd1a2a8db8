/** Content does not follow its format. */
export class MalformedError extends Error {
  constructor(what: string) {
    super(`It is malformed: ${what}.`);
  }
}

/** Reads numbers and texts sequentially, and never beyond the end. */
export class ByteReader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly isLittleEndian: boolean;

  constructor(bytes: Uint8Array, isLittleEndian = true) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.isLittleEndian = isLittleEndian;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, this.at);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.bytes(length));
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), this.isLittleEndian);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), this.isLittleEndian);
  }

  /** As a number: larger values cannot be sizes or offsets of anything in memory. */
  u64(): number {
    const value = Number(this.#view.getBigUint64(this.#advance(8), this.isLittleEndian));
    if (!Number.isSafeInteger(value)) throw new MalformedError('a number is too large');
    return value;
  }

  /** Unsigned LEB128 of at most 32 bits (WebAssembly, section 5.2.2). */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new MalformedError('a number has more than 32 bits');
  }

  #advance(length: number): number {
    if (length < 0 || length > this.left) throw new MalformedError(`it ends where ${length} bytes should follow`);
    const start = this.at;
    this.at += length;
    return start;
  }
}
