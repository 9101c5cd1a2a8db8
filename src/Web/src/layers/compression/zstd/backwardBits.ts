import { damaged } from './errors.ts';

/** Bits that are read from the end to the begin; the highest bit that is set in the last byte only marks where they end (RFC 8878, section 4.1). */
export class BackwardBits {
  /** How many are left; below zero when more were read than there are. */
  left: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw damaged();
    this.bytes = bytes;
    this.left = bytes.length * 8 - 1 - Math.clz32(last) + 24;
  }

  /** The next bits as a number, up to 31 of them. What is missing is taken as zeros. */
  read(count: number): number {
    if (count > 16) return this.read(count - 16) * 65536 + this.read(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  /** The next bits, up to 16, without taking them. */
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
