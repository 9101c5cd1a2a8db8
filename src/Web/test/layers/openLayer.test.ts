import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { maxPicture, maxShown } from '../../src/layers/limits.ts';
import { eachEntry } from '../../src/layers/eachEntry.ts';
import { openFile, saveFile } from '../../src/layers/openFile.ts';
import { openLayer } from '../../src/layers/openLayer.ts';
import { footerOffset } from '../../src/layers/toc/stargz.ts';
import { chunkedPosition } from '../../src/layers/toc/zstdChunked.ts';
import { imageType } from '../../src/artifacts/detectFormat.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { MemoryBlob, all, byPath, listed, tarEnd, tarEntry } from './fixtures.ts';
import { plainTar, stargz, zstdChunked, type Files } from './indexed.ts';

const big = randomBytes(3_000_000);
const files: Files = {
  'usr/': '',
  'usr/empty': '',
  'usr/small': 'hello',
  'usr/link': '-> small',
  'usr/big': big,
  'usr/chunks': Buffer.alloc(9500, 'chunk '),
  zz: 'the last',
};

const descriptorOf = (blob: MemoryBlob, mediaType: string, annotations?: Record<string, string>): Descriptor => ({
  mediaType,
  digest: blob.digest,
  size: blob.size,
  ...(annotations && { annotations }),
});

async function check(blob: MemoryBlob, descriptor: Descriptor, way: string): Promise<{ forList: number; forSmall: number }> {
  const layer = await openLayer(blob, descriptor);
  assert.equal(layer.way, way);
  assert.equal(layer.unusedIndex, undefined);
  const entries = byPath(await listed(layer.entries()));
  assert.deepEqual(
    [...entries.keys()],
    Object.keys(files).map((name) => name.replace(/\/$/, '')),
  );
  assert.equal(entries.get('usr/link')!.link, 'small');
  assert.equal(entries.get('usr/small')!.mode, 0o644);
  assert.equal(entries.get('usr')!.type, 'directory');
  const forList = blob.ranged + blob.streamed;
  for (const [name, content] of Object.entries(files)) {
    const entry = entries.get(name)!;
    if (entry?.type !== 'file') continue;
    assert.ok((await all(layer.file(entry))).equals(Buffer.from(content)), name);
  }
  const before = blob.ranged + blob.streamed;
  const opened = await openFile(entries.get('usr/small')!, (reading) => layer.file(entries.get('usr/small')!, reading));
  assert.equal(opened.text, 'hello');
  assert.equal(opened.verified, way === 'index' ? true : undefined);
  return { forList, forSmall: blob.ranged + blob.streamed - before };
}

test('a layer that is not compressed is read by ranges', async () => {
  const blob = new MemoryBlob(plainTar(files));
  const { forList, forSmall } = await check(blob, descriptorOf(blob, 'application/vnd.oci.image.layer.v1.tar'), 'ranges');
  assert.ok(forList < 1_000_000, `${forList}`);
  assert.equal(forSmall, 5);
  assert.equal(blob.streamed, 0);
});

test('of a file of two gibibytes only the begin is read, and what comes after it is found', async () => {
  const size = 2 * 1024 ** 3;
  const [before, after] = [tarEntry('huge', '', { size }), Buffer.concat([tarEntry('after', 'it'), tarEnd])];
  const blob = new MemoryBlob(before);
  Object.assign(blob, { size: before.length + size + after.length });
  blob.read = async (start, end) => {
    const part = Buffer.alloc(end - start, 'h');
    if (start < before.length) before.copy(part, 0, start);
    if (end > before.length + size) after.copy(part, Math.max(0, before.length + size - start), Math.max(0, start - before.length - size));
    blob.ranged += part.length;
    return part;
  };
  const layer = await openLayer(blob, descriptorOf(blob, 'x'));
  const entries = byPath(await listed(layer.entries()));
  assert.deepEqual([entries.get('huge')!.size, entries.get('after')!.size], [size, 2]);
  const opened = await openFile(entries.get('huge')!, (reading) => layer.file(entries.get('huge')!, reading));
  assert.deepEqual([opened.cut, opened.text?.length], [true, maxShown]);
  assert.ok(blob.ranged < 4e6, `${blob.ranged}`);
});

test('a gzip layer is read as a whole for its list, and up to the file for a file', async () => {
  const blob = new MemoryBlob(gzipSync(plainTar(files)));
  const { forSmall } = await check(blob, descriptorOf(blob, 'application/vnd.oci.image.layer.v1.tar+gzip'), 'stream');
  assert.ok(forSmall < blob.size / 2, `${forSmall} of ${blob.size}`);
});

test('an eStargz layer is listed from its index, and a file is read by its own range', async () => {
  const { layer, tocDigest } = stargz(files);
  const blob = new MemoryBlob(layer);
  const { forList, forSmall } = await check(
    blob,
    descriptorOf(blob, 'application/vnd.oci.image.layer.v1.tar+gzip', { 'containerd.io/snapshot/stargz/toc.digest': tocDigest }),
    'index',
  );
  assert.ok(forList < 200_000 && forList < blob.size / 10, `${forList} of ${blob.size}`);
  assert.ok(forSmall < 5000, `${forSmall}`);
  assert.equal(blob.streamed, 0);
});

test('an eStargz layer whose manifest does not say so is read member by member', async () => {
  const blob = new MemoryBlob(stargz(files).layer);
  const layer = await openLayer(blob, descriptorOf(blob, 'application/vnd.oci.image.layer.v1.tar+gzip'));
  const entries = byPath(await listed(layer.entries()));
  assert.deepEqual([layer.way, entries.size], ['stream', Object.keys(files).length + 1]);
  assert.ok((await all(layer.file(entries.get('usr/big')!))).equals(big));
});

test('a zstd:chunked layer is listed from its index, and is a zstd layer without it', async () => {
  const { layer, annotations } = zstdChunked(files);
  const blob = new MemoryBlob(layer);
  const { forList, forSmall } = await check(blob, descriptorOf(blob, 'application/vnd.oci.image.layer.v1.tar+zstd', annotations), 'index');
  assert.ok(forList < 5000 && forSmall < 1000, `${forList} ${forSmall}`);
  const plain = new MemoryBlob(layer);
  await check(plain, descriptorOf(plain, 'application/vnd.oci.image.layer.v1.tar+zstd'), 'stream');
});

test('an index that is not the one of the manifest is not used, and that is said', async () => {
  const { layer, tocDigest } = stargz(files);
  const wrong = tocDigest.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const noIndex = Buffer.concat([gzipSync(plainTar(files))]);
  const chunked = zstdChunked(files);
  const position = 'io.github.containers.zstd-chunked.manifest-position';
  const cases: [Buffer, Record<string, string>, RegExp][] = [
    [layer, { 'containerd.io/snapshot/stargz/toc.digest': wrong }, /not the one/],
    [noIndex, { 'containerd.io/snapshot/stargz/toc.digest': tocDigest }, /has no eStargz footer/],
    [chunked.layer, { ...chunked.annotations, [position]: `99:${chunked.layer.length}:1:1` }, /beyond the end/],
    [chunked.layer, { ...chunked.annotations, [position]: '0:100:1:1' }, /not the one/],
    [chunked.layer, { ...chunked.annotations, [position]: '0:9999999999:1:1' }, /exceeds the limit/],
  ];
  for (const [bytes, annotations, reason] of cases) {
    const blob = new MemoryBlob(bytes);
    const opened = await openLayer(blob, descriptorOf(blob, 'x', annotations));
    assert.match(opened.unusedIndex!, reason);
    assert.equal(opened.way, 'stream');
    assert.ok((await listed(opened.entries())).length >= Object.keys(files).length);
  }
});

test('hostile indexes: places outside of the layer, numbers that are none, other forms', async () => {
  const open = async (change: (toc: { version: number; entries: object[] }) => void) => {
    const { layer, tocDigest } = stargz({ file: 'content', other: 'more' }, change);
    const blob = new MemoryBlob(layer);
    return openLayer(blob, descriptorOf(blob, 'x', { 'containerd.io/snapshot/stargz/toc.digest': tocDigest }));
  };
  for (const offset of [-5, 1e15, 2 ** 60, 'x', null, 1.5, { toString: 1 }]) {
    const layer = await open(({ entries }) =>
      Object.assign(entries[0]!, { offset, size: 1e15, mode: 'x', uid: -1, modtime: 'never', digest: 'x', name: '../\u202e' }),
    );
    const [entry] = await listed(layer.entries());
    assert.deepEqual([entry!.path, entry!.mode, entry!.uid, entry!.digest, entry!.modified], ['../\u202e', 0, 0, undefined, undefined]);
    await assert.rejects(all(layer.file(entry!)));
  }
  assert.match((await open((toc) => void (toc.version = 2))).unusedIndex!, /form/);
  assert.match((await open((toc) => void (toc.entries = {} as never))).unusedIndex!, /form/);
  const odd = await open(
    (toc) => void (toc.entries = [null, 5, 'x', [], {}, { name: 5, type: 'reg' }, { name: 'a', type: 'toString' }] as never),
  );
  assert.deepEqual(
    (await listed(odd.entries())).map(({ path, type }) => [path, type]),
    [['a', 'other']],
  );
});

test('annotations and footers that are not what they should be', () => {
  const position = (value: string) =>
    chunkedPosition({
      mediaType: '',
      digest: '',
      size: 0,
      annotations: {
        'io.github.containers.zstd-chunked.manifest-position': value,
        'io.github.containers.zstd-chunked.manifest-checksum': 'x',
      },
    });
  assert.deepEqual(position('12:34:56:1'), { start: 12, length: 34, digest: 'x' });
  for (const value of ['', '1:2:3', '1:2:3:2', '-1:2:3:1', '1e3:2:3:1', '9999999999999999:1:1:1'])
    assert.equal(position(value), undefined, value);
  for (const footer of [Buffer.alloc(51), Buffer.alloc(0), Buffer.from('x'.repeat(51))]) assert.equal(footerOffset(footer), undefined);
});

test('a layer of which the end is missing gives what it has, and the reason', async () => {
  const whole = gzipSync(plainTar(files));
  const blob = new MemoryBlob(whole.subarray(0, whole.length - 30_000));
  const layer = await openLayer(blob, descriptorOf(blob, 'x'));
  const found: string[] = [];
  await assert.rejects(
    eachEntry(layer, {}, ({ path }) => found.push(path)),
    /too early/,
  );
  assert.deepEqual(found, ['usr', 'usr/empty', 'usr/small', 'usr/link', 'usr/big']);
});

test('a limit ends a list, and an abort does', async () => {
  const blob = new MemoryBlob(gzipSync(plainTar(files)));
  const layer = await openLayer(blob, descriptorOf(blob, 'x'));
  const found: string[] = [];
  assert.equal(await eachEntry(layer, {}, ({ path }) => found.push(path), { entries: 3, characters: 1000 }), false);
  assert.equal(found.length, 3);
  const abort = new AbortController();
  await assert.rejects(
    eachEntry(layer, { signal: abort.signal }, () => abort.abort()),
    { name: 'AbortError' },
  );
  assert.ok(blob.streamed < 1_000_000, `${blob.streamed}`);
});

test('what is no archive', async () => {
  for (const [bytes, reason] of [
    [Buffer.from('{"a":1}'), /neither a tar archive/],
    [gzipSync('text, not an archive'), /too early/],
    [gzipSync(Buffer.alloc(600, 'x')), /not a tar archive/],
  ] as const) {
    const blob = new MemoryBlob(bytes);
    await assert.rejects(async () => listed((await openLayer(blob, descriptorOf(blob, 'x'))).entries()), reason);
  }
  const empty = new MemoryBlob(Buffer.alloc(0));
  assert.deepEqual(await listed((await openLayer(empty, descriptorOf(empty, 'x'))).entries()), []);
  await assert.rejects(openLayer(empty, descriptorOf(empty, 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted')), /encrypted/);
});

test('a file is shown as what its bytes are, whatever its name is', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const contents: Record<string, Buffer> = {
    'a.txt': png,
    'b.png': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    'c.html': Buffer.from('<script>alert(1)</script>'),
    d: randomBytes(3000),
    long: Buffer.alloc(maxShown + 5000, 'ü'),
    'huge.png': Buffer.concat([png, Buffer.alloc(maxShown + 10)]),
    'tooHuge.png': Buffer.concat([png, Buffer.alloc(maxPicture)]),
    controls: Buffer.alloc(100, 1),
  };
  const blob = new MemoryBlob(Buffer.concat([...Object.entries(contents).map(([name, content]) => tarEntry(name, content)), tarEnd]));
  const layer = await openLayer(blob, descriptorOf(blob, 'x'));
  const opened: Record<string, string> = {};
  for await (const entry of layer.entries()) {
    const file = await openFile(entry, (reading) => layer.file(entry, reading));
    opened[entry.path] = file.picture ?? (file.text === undefined ? 'hex' : 'text');
    if (file.cut) opened[entry.path] += ` of ${file.bytes.length}`;
    const saved = await saveFile(entry.size, (reading) => layer.file(entry, reading), {});
    assert.deepEqual([saved.size, saved.type], [entry.size, 'application/octet-stream']);
  }
  assert.deepEqual(opened, {
    'a.txt': 'image/png',
    'b.png': 'text',
    'c.html': 'text',
    d: 'hex',
    long: `text of ${maxShown}`,
    'huge.png': 'image/png',
    'tooHuge.png': `hex of ${maxShown}`,
    controls: 'hex',
  });
  assert.equal(imageType(Buffer.from('RIFF\0\0\0\0WEBPVP8 ')), 'image/webp');
  assert.equal(imageType(Buffer.from('RIFF\0\0\0\0WAVE')), undefined);
  const [first] = await listed(layer.entries());
  await assert.rejects(
    saveFile(first!.size, (reading) => layer.file(first!, reading), {}, 10),
    /saves up to/,
  );
});
