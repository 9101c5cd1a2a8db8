import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, test } from 'vitest';
import { RemoteBlob } from '../../src/api/remoteBlob.ts';
import { Client } from '../../src/api/client.ts';
import { TooLargeError, WrongContentError, WrongSizeError } from '../../src/api/content.ts';
import { RegistryError } from '../../src/api/errors.ts';
import { Session } from '../../src/api/session.ts';

const content = randomBytes(100_000);
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const digest512 = `sha512:${createHash('sha512').update(content).digest('hex')}`;

/** Behavior of the server: correct, without ranges, with wrong content, or with another range than requested. */
let way: 'well' | 'whole' | 'wrong' | 'endless' | 'elsewhere' = 'well';
const ranges: (string | undefined)[] = [];
const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (way === 'endless') {
    response.writeHead(200);
    const more = () => !response.destroyed && response.write(Buffer.alloc(65536), more);
    more();
  } else if (way === 'wrong') response.end(Buffer.alloc(content.length));
  else if (start === undefined || way === 'whole') response.end(content);
  else {
    const from = Number(start) + (way === 'elsewhere' ? 1 : 0);
    const part = content.subarray(from, end === '' ? undefined : Number(end) + 1);
    response.writeHead(206, { 'Content-Range': `bytes ${from}-${from + part.length - 1}/${content.length}` }).end(part);
  }
});
let blob: RemoteBlob;
let make: (of: { digest: string; size: number }) => RemoteBlob;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new Client(new Session(), (input, init) => fetch(base + String(input), init));
  make = (of) => new RemoteBlob(client, 'app', of);
  blob = make({ digest, size: content.length });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const bytes = (of: Uint8Array) => Buffer.from(of).toString('hex');

test('a part is asked for by one range, whose end is not included', async () => {
  way = 'well';
  ranges.length = 0;
  assert.equal(bytes(await blob.read(10, 20)), bytes(content.subarray(10, 20)));
  assert.equal(bytes(await blob.read(99_990, 200_000)), bytes(content.subarray(99_990)));
  assert.deepEqual(ranges, ['bytes=10-19', 'bytes=99990-99999']);
  assert.equal((await blob.read(5, 5)).length, 0);
  assert.equal((await blob.read(200_000, 200_001)).length, 0);
  assert.equal(ranges.length, 2);
});

test('of a registry that passes ranges over the part is cut out', async () => {
  way = 'whole';
  assert.equal(bytes(await blob.read(70_000, 70_010)), bytes(content.subarray(70_000, 70_010)));
});

test('another part than the one that was asked for is refused', async () => {
  way = 'elsewhere';
  await assert.rejects(blob.read(10, 20), RegistryError);
  await assert.rejects(blob.stream(10), RegistryError);
});

test('it streams from a place on', async () => {
  way = 'well';
  const parts: Uint8Array[] = [];
  for await (const part of await blob.stream(50_000)) parts.push(part);
  assert.equal(bytes(Buffer.concat(parts)), bytes(content.subarray(50_000)));
});

test('all of it is verified against its digest', async () => {
  way = 'well';
  assert.equal(bytes(await blob.bytes(200_000)), bytes(content));
  assert.equal(bytes(await make({ digest: digest512, size: content.length }).bytes(200_000)), bytes(content));
  way = 'wrong';
  await assert.rejects(blob.bytes(200_000), WrongContentError);
});

test('no more is read than its size or the limit, whatever arrives', async () => {
  way = 'well';
  ranges.length = 0;
  await assert.rejects(blob.bytes(99_999), TooLargeError);
  assert.equal(ranges.length, 0);
  way = 'endless';
  await assert.rejects(blob.bytes(200_000), WrongContentError);
  assert.equal((await blob.read(0, 10)).length, 10);
});

test('where browsers compute no digests, what arrives is shown unverified', async () => {
  way = 'wrong';
  const subtle = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(crypto), 'subtle')!;
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true });
  try {
    assert.equal((await blob.bytes(200_000)).length, content.length);
  } finally {
    delete (crypto as { subtle?: unknown }).subtle;
  }
  assert.ok(subtle);
  await assert.rejects(blob.bytes(200_000), WrongContentError);
});

// P4 (docs/design/hardening.md)
test.each([0, 1, 99_999, 100_001, 9_999_999])(
  'a descriptor that states %i bytes for a blob of 100000 is told from the response',
  async (size) => {
    way = 'well';
    const wrong = make({ digest, size });
    const tries = [() => wrong.bytes(10_000_000), () => wrong.stream(), ...(size > 0 ? [() => wrong.read(0, 512)] : [])];
    for (const attempt of tries) {
      ranges.length = 0;
      await assert.rejects(attempt(), (error: Error) => {
        assert.ok(error instanceof WrongSizeError);
        assert.match(error.message, new RegExp(`states a size of ${size} bytes, but the content has 100000 bytes`));
        return true;
      });
      assert.equal(ranges.length, 1);
    }
  },
);
