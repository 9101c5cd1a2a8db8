import { join } from '../../api/streams.ts';
import { LayerError } from '../layerError.ts';
import { huffmanTable, type HuffmanTable } from './huffman.ts';
import { codeLengthOrder, distanceBases, distanceExtra, fixedCodes, lengthBases, lengthExtra } from './deflateTables.ts';

const history = 32 * 1024;
const longestMatch = 258;
/** Size of the buffer of a decoder in bytes. */
export const inflateBuffer = history + 128 * 1024;
/** Bits that must be available before a symbol is read, so that no state is rolled back: more than a length and a distance together. */
const symbolBits = 64;
/** The same for the code lengths of a block. */
const codesBits = 8 * 1024;

type Give = (bytes: Uint8Array) => void;

/** Decodes one deflate stream (RFC 1951) that arrives in chunks, and detects its end, which the browser's decoder does not report. */
export class Inflate {
  /** Whether the end of the stream was reached. */
  done = false;
  #input: Uint8Array = new Uint8Array(0);
  #bit = 0;
  #mode: 'block' | 'stored' | 'codes' = 'block';
  #last = false;
  #stored = 0;
  #literals: HuffmanTable = fixedCodes.literals;
  #distances: HuffmanTable = fixedCodes.distances;
  readonly #out: Uint8Array;
  #from = 0;
  #to = 0;
  readonly #give: Give;

  /** Uses a buffer of inflateBuffer bytes, which can be reused when the stream has ended. */
  constructor(give: Give, buffer: Uint8Array = new Uint8Array(inflateBuffer)) {
    this.#give = give;
    this.#out = buffer;
  }

  /** Adds input; final if it is the last. */
  push(bytes: Uint8Array, final: boolean): void {
    this.#input = join([this.#input.subarray(this.#bit >> 3), bytes]);
    this.#bit &= 7;
    while (!this.done && this.#step(final));
    this.#flush();
    if (final && !this.done) throw truncated();
  }

  /** Input beyond the end of the stream. */
  get rest(): Uint8Array {
    return this.#input.subarray((this.#bit + 7) >> 3);
  }

  // Runs the next step. Returns whether there was enough input.
  #step(final: boolean): boolean {
    if (this.#mode === 'codes') return this.#symbols(final);
    if (this.#mode === 'stored') return this.#copy();
    if (this.#left() < codesBits && !final && !this.#fits()) return false;
    this.#block();
    return true;
  }

  #left(): number {
    return this.#input.length * 8 - this.#bit;
  }

  // Whether the header of a block is complete: blocks with fixed codes and stored blocks have short headers.
  #fits(): boolean {
    return this.#left() >= symbolBits && ((this.#peek() >> 1) & 3) !== 2;
  }

  #peek(): number {
    const at = this.#bit >> 3;
    const input = this.#input;
    return (input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)) >> (this.#bit & 7);
  }

  #take(bits: number): number {
    const value = this.#peek() & ((1 << bits) - 1);
    this.#bit += bits;
    if (this.#left() < 0) throw truncated();
    return value;
  }

  #block(): void {
    this.#last = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) {
      this.#bit = (this.#bit + 7) & ~7;
      this.#stored = this.#take(16);
      if (this.#take(16) !== (this.#stored ^ 0xffff)) throw damaged();
      this.#mode = 'stored';
    } else if (type === 1) {
      ({ literals: this.#literals, distances: this.#distances } = fixedCodes);
      this.#mode = 'codes';
    } else if (type === 2) {
      this.#readCodes();
      this.#mode = 'codes';
    } else throw damaged();
  }

  #readCodes(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const count = this.#take(4) + 4;
    const codeLengths = new Uint8Array(19);
    for (let at = 0; at < count; at++) codeLengths[codeLengthOrder[at]!] = this.#take(3);
    const { table, bits } = huffmanTable(codeLengths);
    const lengths = new Uint8Array(literals + distances);
    for (let at = 0; at < lengths.length;) {
      const code = table[this.#peek() & ((1 << bits) - 1)]!;
      if (code === 0) throw damaged();
      this.#take(code & 15);
      const symbol = code >> 4;
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) throw damaged();
      const value = symbol === 16 ? lengths[at - 1]! : 0;
      const repeat = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (at + repeat > lengths.length) throw damaged();
      lengths.fill(value, at, (at += repeat));
    }
    this.#literals = huffmanTable(lengths.subarray(0, literals));
    this.#distances = huffmanTable(lengths.subarray(literals));
  }

  #copy(): boolean {
    const at = this.#bit >> 3;
    const length = Math.min(this.#stored, this.#input.length - at, this.#room());
    this.#out.set(this.#input.subarray(at, at + length), this.#to);
    this.#to += length;
    this.#bit += length * 8;
    this.#stored -= length;
    if (this.#stored === 0) this.#ended();
    return this.#stored === 0 || length > 0;
  }

  #ended(): void {
    this.#mode = 'block';
    this.done = this.#last;
  }

  #room(): number {
    if (this.#out.length - this.#to <= longestMatch) this.#flush();
    return this.#out.length - this.#to;
  }

  // The hot loop: keeps its state in variables and calls nothing.
  #symbols(final: boolean): boolean {
    const input = this.#input;
    const out = this.#out;
    const end = input.length * 8;
    const { table: literals, bits: literalBits } = this.#literals;
    const { table: distances, bits: distanceBits } = this.#distances;
    const literalMask = (1 << literalBits) - 1;
    const distanceMask = (1 << distanceBits) - 1;
    let bit = this.#bit;
    let to = this.#to;
    let at = 0;
    for (;;) {
      if (bit > end) throw truncated();
      if (bit + symbolBits > end && !final) break;
      if (out.length - to <= longestMatch) {
        this.#to = to;
        this.#flush();
        to = this.#to;
      }
      at = bit >> 3;
      const code = literals[((input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)) >> (bit & 7)) & literalMask]!;
      bit += code & 15;
      const symbol = code >> 4;
      if (symbol < 256) {
        if (code === 0) throw damaged();
        out[to++] = symbol;
        continue;
      }
      if (symbol === 256) {
        if (bit > end) throw truncated();
        this.#ended();
        break;
      }
      const extra = lengthExtra[symbol - 257]!;
      at = bit >> 3;
      const length =
        lengthBases[symbol - 257]! + (((input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)) >> (bit & 7)) & ((1 << extra) - 1));
      bit += extra;
      at = bit >> 3;
      const distanceCode = distances[((input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)) >> (bit & 7)) & distanceMask]!;
      bit += distanceCode & 15;
      const distanceSymbol = distanceCode >> 4;
      if (distanceCode === 0 || distanceSymbol > 29 || symbol > 285) throw damaged();
      const moreBits = distanceExtra[distanceSymbol]!;
      at = bit >> 3;
      const distance =
        distanceBases[distanceSymbol]! +
        (((input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)) >> (bit & 7)) & ((1 << moreBits) - 1));
      bit += moreBits;
      if (distance > to) throw damaged();
      for (const stop = to + length; to < stop; to++) out[to] = out[to - distance]!;
    }
    this.#bit = bit;
    this.#to = to;
    return this.#mode === 'block';
  }

  // Emits unpacked bytes, and keeps the window.
  #flush(): void {
    if (this.#to > this.#from) this.#give(this.#out.slice(this.#from, this.#to));
    const kept = Math.min(this.#to, history);
    this.#out.copyWithin(0, this.#to - kept, this.#to);
    this.#from = this.#to = kept;
  }
}

const damaged = (): LayerError => new LayerError('The gzip data is damaged.');
const truncated = (): LayerError => new LayerError('The gzip data ends too early.');
