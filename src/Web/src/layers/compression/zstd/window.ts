import { damaged } from './errors.ts';
import { maxBlock } from './literals.ts';

/** Bytes beyond the window, so that it is seldom moved. */
const slack = 4 * 1024 * 1024;

/** Up to this many bytes, a loop copies faster than the methods of arrays. */
const few = 48;

/** The window of unpacked bytes. Reused for all frames, because there may be many small ones. */
export class Window {
  #bytes: Uint8Array = new Uint8Array(4 * maxBlock);
  #size = 0;
  #from = 0;
  #to = 0;

  /** Clears the window for a frame with this window size. */
  begin(size: number): void {
    this.#size = size;
    this.#from = this.#to = 0;
  }

  /** Makes room for a block. */
  reserve(): void {
    this.#from = this.#to;
    if (this.#to + maxBlock <= this.#bytes.length) return;
    const kept = Math.min(this.#to, this.#size);
    // Grows on demand only, because a frame may claim a large window.
    const wanted = Math.min(2 * (kept + maxBlock), this.#size + slack);
    const bytes = wanted > this.#bytes.length ? new Uint8Array(wanted) : this.#bytes;
    bytes.set(this.#bytes.subarray(this.#to - kept, this.#to));
    this.#bytes = bytes;
    this.#from = this.#to = kept;
  }

  /** Bytes since reserve was called. */
  taken(): Uint8Array {
    return this.#bytes.slice(this.#from, this.#to);
  }

  append(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const length = to - from;
    this.#check(length);
    const target = this.#bytes;
    let at = this.#to;
    if (length > few) target.set(bytes.subarray(from, to), at);
    else for (let source = from; source < to; source++) target[at++] = bytes[source]!;
    this.#to += length;
  }

  fill(byte: number, length: number): void {
    this.#check(length);
    this.#bytes.fill(byte, this.#to, (this.#to += length));
  }

  /** Appends a match at a distance; the match may overlap the appended bytes. */
  repeat(distance: number, length: number): void {
    this.#check(length);
    if (distance > this.#to || distance > this.#size || distance === 0) throw damaged();
    const bytes = this.#bytes;
    if (distance >= length && length > few) bytes.copyWithin(this.#to, this.#to - distance, this.#to - distance + length);
    else for (let at = this.#to, stop = at + length; at < stop; at++) bytes[at] = bytes[at - distance]!;
    this.#to += length;
  }

  #check(length: number): void {
    if (this.#to - this.#from + length > maxBlock) throw damaged();
  }
}
