import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Content } from '../../src/api/content.ts';
import type { Entry } from '../../src/layers/entry.ts';

export const digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A blob in memory that counts requests. */
export class MemoryBlob implements Content {
  readonly digest: string;
  readonly size: number;
  ranged = 0;
  streamed = 0;
  requests = 0;
  readonly whole: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.whole = bytes;
    this.size = bytes.length;
    this.digest = digest(bytes);
  }

  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    this.requests++;
    const part = this.whole.slice(start, end);
    this.ranged += part.length;
    return part;
  }

  async stream(start = 0, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    this.requests++;
    let at = start;
    return new ReadableStream<Uint8Array>(
      {
        pull: (stream) => {
          if (signal?.aborted) return stream.error(signal.reason);
          if (at >= this.size) return stream.close();
          const piece = this.whole.slice(at, at + 64 * 1024);
          at += piece.length;
          this.streamed += piece.length;
          stream.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
  }

  async bytes(): Promise<Uint8Array> {
    return this.whole;
  }
}

/** Runs a function with a temporary folder. */
export async function inFolder<T>(run: (folder: string, shell: (script: string) => Buffer) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  try {
    return await run(folder, (script) => execFileSync('bash', ['-ec', script], { cwd: folder, maxBuffer: 1 << 30 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function* pieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function all(of: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of of) parts.push(piece.slice());
  return Buffer.concat(parts);
}

export async function listed<T>(of: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of of) list.push(item);
  return list;
}

/** The blocks of one entry of a tar archive, with a header made here, because real tools refuse to write some tested headers. */
export function tarEntry(
  name: string | Uint8Array,
  content: Uint8Array | string = '',
  fields: { type?: string; link?: string; mode?: number; size?: number; user?: string } = {},
): Buffer {
  const body = Buffer.from(content);
  const block = Buffer.alloc(512);
  block.set(Buffer.from(name).subarray(0, 100), 0);
  const octal = (value: number, at: number, length: number): void =>
    void block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  octal(fields.mode ?? 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(fields.size ?? body.length, 124, 12);
  octal(1_700_000_000, 136, 12);
  block.write(fields.type ?? '0', 156, 'latin1');
  block.write(fields.link ?? '', 157, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(fields.user ?? 'root', 265, 'utf8');
  sum(block);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** Updates the checksum of a header. */
export function sum(block: Buffer): void {
  block.fill(' ', 148, 156);
  let value = 0;
  for (const byte of block.subarray(0, 512)) value += byte;
  block.write(`${value.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

export const tarEnd = Buffer.alloc(1024);

export const paxRecord = (key: string, value: string): string => {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
};

export const byPath = (entries: Entry[]): Map<string, Entry> => new Map(entries.map((entry) => [entry.path, entry]));
