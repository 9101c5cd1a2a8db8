/** All bytes of a stream; undefined if it exceeds limit in bytes, which also bounds the memory used. */
export async function readAll(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return join(pieces);
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(value);
  }
}

/** The first bytes of a stream; fewer if the stream ends earlier. */
export async function readPart(stream: ReadableStream<Uint8Array>, skip: number, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let got = 0;
  const reader = stream.getReader();
  while (got < length) {
    const { value, done } = await reader.read();
    if (done) return join(pieces);
    const piece = value.subarray(Math.min(skip, value.length)).subarray(0, length - got);
    skip -= Math.min(skip, value.length);
    got += piece.length;
    pieces.push(piece);
  }
  await reader.cancel();
  return join(pieces);
}

/** Concatenates chunks. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
