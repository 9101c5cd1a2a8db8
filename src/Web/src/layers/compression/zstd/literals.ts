import { damaged } from './errors.ts';
import { readLiteralCode, readLiterals, type LiteralCode } from './huffman.ts';

/** Maximum unpacked size of a block in bytes (RFC 8878, section 3.1.1.2.4). */
export const maxBlock = 128 * 1024;

/** The literals of a block and the size of their section in bytes (RFC 8878, section 3.1.1.3.1); code is that of the block before. */
export function literalsOf(
  block: Uint8Array,
  before: LiteralCode | undefined,
): { literals: Uint8Array; length: number; code: LiteralCode | undefined } {
  const type = block[0]! & 3;
  const format = (block[0]! >> 2) & 3;
  const head = (bytes: number): number => {
    if (block.length < bytes) throw damaged();
    let value = 0;
    for (let at = bytes - 1; at >= 0; at--) value = value * 256 + block[at]!;
    return value;
  };
  if (type < 2) {
    const bytes = [1, 2, 1, 3][format]!;
    const size = Math.floor(head(bytes) / (bytes === 1 ? 8 : 16));
    const length = bytes + (type === 0 ? size : 1);
    if (size > maxBlock || block.length < length) throw damaged();
    return { literals: type === 0 ? block.subarray(bytes, length) : new Uint8Array(size).fill(block[bytes]!), length, code: before };
  }
  const bytes = [3, 3, 4, 5][format]!;
  const width = 2 ** [10, 10, 14, 18][format]!;
  const sizes = Math.floor(head(bytes) / 16);
  const size = sizes % width;
  const length = bytes + Math.floor(sizes / width);
  if (size > maxBlock || block.length < length) throw damaged();
  const packed = block.subarray(bytes, length);
  const tree = type === 2 ? readLiteralCode(packed) : undefined;
  const code = tree?.code ?? before;
  if (!code) throw damaged();
  const literals = new Uint8Array(size);
  const streams = packed.subarray(tree?.length ?? 0);
  if (format === 0) readLiterals(streams, literals, code);
  else readFour(streams, literals, code);
  return { literals, length, code };
}

// Four streams, preceded by the sizes of the first three.
function readFour(bytes: Uint8Array, out: Uint8Array, code: LiteralCode): void {
  if (bytes.length < 6) throw damaged();
  const part = (out.length + 3) >> 2;
  let at = 6;
  for (let stream = 0; stream < 4; stream++) {
    const end = stream === 3 ? bytes.length : at + bytes[2 * stream]! + (bytes[2 * stream + 1]! << 8);
    if (end > bytes.length || stream * part > out.length) throw damaged();
    readLiterals(bytes.subarray(at, end), out.subarray(stream * part, stream === 3 ? out.length : (stream + 1) * part), code);
    at = end;
  }
}
