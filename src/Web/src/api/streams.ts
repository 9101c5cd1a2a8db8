/** All of a stream; undefined when it has more than a limit in bytes, and then no more than that was kept. */
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

/** A part of a stream, without what comes after it; shorter than asked where the stream ends before. */
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

/** All the pieces as one. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
