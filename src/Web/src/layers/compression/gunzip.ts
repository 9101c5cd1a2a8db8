import { Gate } from '../bytes/gate.ts';
import { gunzipMembers } from './members.ts';

/** The browser's gzip failed, perhaps because of more than one member. */
export class NotNativeError extends Error {}

export type Unpack = (packed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/**
 * Unpacks gzip. The browser's own is quick but takes a single member only (Compression Streams, "Decompress and enqueue a chunk"),
 * and layers such as those of eStargz have many: those are read again from the start by our own decoder, without repeating output.
 */
export async function* gunzip(open: () => AsyncIterable<Uint8Array>, native: Unpack = gunzipNatively): AsyncGenerator<Uint8Array> {
  let given = 0;
  try {
    for await (const piece of native(open())) {
      given += piece.length;
      yield piece;
    }
    return;
  } catch (error) {
    if (!(error instanceof NotNativeError)) throw error;
  }
  for await (const piece of gunzipMembers(open())) {
    const known = Math.min(given, piece.length);
    given -= known;
    if (known < piece.length) yield piece.subarray(known);
  }
}

/** Unpacks with the browser's own gzip. Errors of the source are rethrown unchanged. */
export async function* gunzipNatively(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip');
  const reader = readable.getReader();
  const wanted = new Gate();
  const feeding = feed(packed, writable.getWriter(), wanted);
  feeding.catch(() => undefined);
  try {
    for (;;) {
      wanted.open();
      const { done, value } = await reader.read().catch(async (error: unknown) => {
        await feeding;
        throw new NotNativeError(String(error));
      });
      if (done) return;
      wanted.close();
      yield value;
    }
  } finally {
    wanted.open();
    await reader.cancel().catch(() => undefined);
    await feeding.catch(() => undefined);
  }
}

// Writes one slice at a time, and only while the output is awaited, because not every engine applies backpressure.
async function feed(packed: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter<BufferSource>, wanted: Gate): Promise<void> {
  try {
    for await (const piece of packed) {
      for (let at = 0; at < piece.length; at += sliceSize) {
        await wanted.passed;
        const taken = await writer.write(piece.slice(at, at + sliceSize)).then(
          () => true,
          () => false,
        );
        if (!taken) return;
      }
    }
    await writer.close().catch(() => undefined);
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

/** Bytes written at once: the output can be a thousand times larger, and is buffered in memory. */
const sliceSize = 16 * 1024;
