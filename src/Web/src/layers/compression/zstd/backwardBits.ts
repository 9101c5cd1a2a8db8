import { damaged } from './errors.ts';

/** Reads bits backwards from the end; the highest bit set in the last byte marks the end (RFC 8878, section 4.1). */
export class BackwardBits {
  /** Remaining bits; negative if more were read than available. */
  left: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw damaged();
    this.bytes = bytes;
    this.left = bytes.length * 8 - 1 - Math.clz32(last) + 24;
  }

  /** The next bits as a number, up to 31. Missing bits are zero. */
  read(count: number): number {
    if (count > 16) return this.read(count - 16) * 65536 + this.read(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  /** Peeks at the next bits, up to 16. */
  peek(count: number): number {
    const bytes = this.bytes;
    const from = this.left - count;
    const mask = (1 << count) - 1;
    const byte = from < 0 ? 0 : from >> 3;
    const bits = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16);
    if (from >= 0) return (bits >>> (from & 7)) & mask;
    return this.left <= 0 ? 0 : (bits << -from) & mask;
  }
}
