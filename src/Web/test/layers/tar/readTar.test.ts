import assert from 'node:assert/strict';
import { test } from 'vitest';
import { StreamReader } from '../../../src/layers/bytes/byteReader.ts';
import { formatMode, type Entry } from '../../../src/layers/entry.ts';
import { maxExtendedHeader, maxPath, maxText } from '../../../src/layers/limits.ts';
import { charactersOf, eachEntry } from '../../../src/layers/eachEntry.ts';
import { safeFileName } from '../../../src/layers/entryPaths.ts';
import { escapeInvisible } from '../../../src/format/invisibleCharacters.ts';
import type { Layer } from '../../../src/layers/openLayer.ts';
import { readTar } from '../../../src/layers/tar/readTar.ts';
import { byPath, inFolder, listed, paxRecord, pieces, sum, tarEnd, tarEntry } from '../fixtures.ts';

const read = (archive: Uint8Array, size?: number): Promise<Entry[]> => listed(readTar(new StreamReader(pieces(archive, size))));

const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`;

for (const format of ['ustar', 'gnu', 'pax', 'oldgnu', 'v7']) {
  test(`tar --format=${format}: entries as the files are`, () =>
    inFolder(async (_, shell) => {
      shell(
        `mkdir -p t/a/b; echo hello > t/a/hello; ln -s ../x t/a/link; ln t/a/hello t/a/second; ${format === 'v7' ? '' : 'mkfifo t/pipe;'} head -c 100000 /dev/zero > t/a/b/zeros; chmod 4755 t/a/hello; chmod 1777 t/a/b; touch -d @1600000000 t/a/hello`,
      );
      const hasLong = format === 'gnu' || format === 'pax' || format === 'oldgnu';
      if (hasLong) shell(`mkdir -p 't/${long}'; echo x > 't/${long}/ünïcode ☃'; ln -s '${long}/target' t/longlink`);
      const entries = byPath(await read(shell(`tar --format=${format} --owner=me:1234 --group=us:4321 -C t -cf - .`), 777));
      const hello = entries.get('a/hello')!;
      const second = entries.get('a/second')!;
      const [file, link] = hello.type === 'file' ? [hello, second] : [second, hello];
      assert.equal(file.size, 6);
      assert.equal(link.type, 'hardlink');
      assert.equal(link.link, `./${file.path}`);
      assert.equal(formatMode(file), '-rwsr-xr-x');
      assert.equal(file.modified, 1_600_000_000);
      assert.deepEqual([file.uid, file.gid], [1234, 4321]);
      if (format !== 'v7') assert.deepEqual([file.user, file.group], ['me', 'us']);
      assert.deepEqual([entries.get('a/link')!.type, entries.get('a/link')!.link], ['symlink', '../x']);
      assert.equal(entries.get('a/b')!.type, 'directory');
      assert.equal(formatMode(entries.get('a/b')!), 'drwxrwxrwt');
      assert.equal(entries.get('a/b/zeros')!.size, 100_000);
      assert.equal(entries.get('')!.type, 'directory');
      if (format !== 'v7') assert.equal(entries.get('pipe')!.type, 'fifo');
      if (!hasLong) return;
      assert.equal(entries.get(`${long}/ünïcode ☃`)!.size, 2);
      assert.equal(entries.get('longlink')!.link, `${long}/target`);
    }));
}

for (const option of [
  '--format=gnu',
  '--format=pax --sparse-version=0.0',
  '--format=pax --sparse-version=0.1',
  '--format=pax --sparse-version=1.0',
]) {
  test(`a sparse file by ${option}`, () =>
    inFolder(async (_, shell) => {
      // So many parts that the GNU sparse map continues after the header.
      const archive = shell(
        `truncate -s 400M holes; for i in $(seq 1 60); do printf x | dd of=holes bs=1 seek=$((i * 5000000)) conv=notrunc status=none; done; echo after > after; tar -S ${option} -cf - holes after`,
      );
      const entries = byPath(await read(archive));
      assert.deepEqual([entries.get('holes')!.type, entries.get('holes')!.size], ['sparse file', 400 * 1024 * 1024]);
      assert.deepEqual([entries.get('after')!.type, entries.get('after')!.size], ['file', 6]);
    }));
}

test('pax size, path, linkpath, owner and time count', async () => {
  const records =
    paxRecord('size', '700') +
    paxRecord('path', 'päth/file') +
    paxRecord('uid', '3000000000') +
    paxRecord('uname', 'jö') +
    paxRecord('mtime', '1234.75') +
    paxRecord('comment', 'a\nb=c');
  const archive = Buffer.concat([
    tarEntry('x', records, { type: 'x' }),
    tarEntry('short', '', { size: 0 }),
    Buffer.alloc(1024, 'y'),
    tarEntry('x', paxRecord('linkpath', 'to/ü'), { type: 'x' }),
    tarEntry('l', '', { type: '2', link: 'other' }),
    tarEntry('plain'),
    tarEnd,
  ]);
  const [file, link, plain] = await read(archive);
  assert.deepEqual([file!.path, file!.size, file!.uid, file!.user, file!.modified], ['päth/file', 700, 3_000_000_000, 'jö', 1234]);
  assert.equal(link!.link, 'to/ü');
  assert.equal(plain!.path, 'plain');
});

test('sizes in base 256, checksums of signed bytes', async () => {
  const big = tarEntry('big');
  big.fill(0, 124, 136);
  big[124] = 0x80;
  big.writeUInt32BE(600, 132);
  sum(big);
  const signed = tarEntry('sigñed');
  let value = 0;
  for (const [at, byte] of signed.entries()) value += at >= 148 && at < 156 ? 32 : (byte << 24) >> 24;
  signed.write(`${value.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const entries = await read(Buffer.concat([big, Buffer.alloc(1024), signed, tarEnd]));
  assert.deepEqual(
    entries.map(({ path, size }) => [path, size]),
    [
      ['big', 600],
      ['sigñed', 0],
    ],
  );
});

test('hostile names stay names', async () => {
  const names = [
    '../../etc/passwd',
    '/absolute',
    'a/../../b',
    'rtl\u202egnp.exe',
    'bell\u0007\u001b[31m',
    '__proto__/constructor',
    'a//b/./c',
    '.',
  ];
  const archive = Buffer.concat([
    ...names.map((name) => tarEntry(name, 'x')),
    tarEntry('x', paxRecord('path', 'nul\0inside'), { type: 'x' }),
    tarEntry('y'),
    tarEntry(Uint8Array.of(0xff, 0xfe, 0x41)),
    tarEnd,
  ]);
  const entries = await read(archive);
  assert.deepEqual(
    entries.map(({ path }) => path),
    [
      '../../etc/passwd',
      'absolute',
      'a/../../b',
      'rtl\u202egnp.exe',
      'bell\u0007\u001b[31m',
      '__proto__/constructor',
      'a/b/c',
      '',
      'nul\0inside',
      '\ufffd\ufffdA',
    ],
  );
  assert.deepEqual(
    entries.map(({ odd }) => odd !== undefined),
    [true, true, true, true, true, false, false, false, true, false],
  );
  assert.equal(escapeInvisible('rtl\u202egnp.exe'), 'rtl\\u{202e}gnp.exe');
  assert.equal(escapeInvisible('\u001b[31m\u0000\u2028\u{e0041}'), '\\u{1b}[31m\\u{0}\\u{2028}\\u{e0041}');
  assert.equal(escapeInvisible('naïve ☃ 日本'), 'naïve ☃ 日本');
  assert.equal(safeFileName('../../..'), 'file');
  assert.equal(safeFileName('a/b\u202e:c?.txt'), 'b__c_.txt');
  assert.equal(safeFileName('x/nul.txt'), '_nul.txt');
  assert.equal(safeFileName('.bashrc'), 'bashrc');
  assert.ok(safeFileName('y'.repeat(5000)).length <= 120);
});

test('damaged and truncated archives say so, after what could be read', async () => {
  const whole = Buffer.concat([tarEntry('one', 'x'.repeat(2000)), tarEntry('two', 'y'), tarEnd]);
  const found: string[] = [];
  const readAll = async (archive: Uint8Array): Promise<void> => {
    found.length = 0;
    for await (const entry of readTar(new StreamReader(pieces(archive)))) found.push(entry.path);
  };
  await assert.rejects(readAll(whole.subarray(0, 1500)), /ends too early/);
  assert.deepEqual(found, ['one']);
  await assert.rejects(readAll(whole.subarray(0, 2560 + 100)), /ends too early/);
  const damaged = Buffer.from(whole);
  damaged[2560] = 0x7a;
  await assert.rejects(readAll(damaged), /checksum/);
  assert.deepEqual(found, ['one']);
  await readAll(whole.subarray(0, 2560 + 1024));
  assert.deepEqual(found, ['one', 'two']);
  await readAll(Buffer.alloc(0));
  await assert.rejects(readAll(Buffer.from('no archive')), /ends too early/);
  await assert.rejects(readAll(Buffer.alloc(1024, 'no archive')), /not a tar archive/);
});

// U1 (docs/design/hardening.md)
test('bytes after the last record of an extended header are an error that names the record', async () => {
  for (const rest of ['zzz', 'z', '0', '0 ', '00 a=b', '\0\0\0', '\n', ' '])
    await assert.rejects(
      read(Buffer.concat([tarEntry('x', `9 path=a\n${rest}`, { type: 'x' }), tarEntry('y'), tarEnd])),
      /record 2 of an extended header, at byte 9, cannot be read/,
    );
});

test('extended headers have an end', async () => {
  const huge = tarEntry('x', '', { type: 'x', size: maxExtendedHeader + 1 });
  await assert.rejects(read(huge), /extended header has/);
  const many = Buffer.concat([
    ...Array.from({ length: 20 }, () => tarEntry('x', paxRecord('a', 'b'), { type: 'x' })),
    tarEntry('y'),
    tarEnd,
  ]);
  await assert.rejects(read(many), /extended headers/);
  for (const records of [
    '9999 path=x\n',
    '0 path=x\n',
    'path=x\n',
    '-5 path=x\n',
    '99999999999999999999 a=b\n',
    '5 ab\n',
    '6 =bc\n',
    '12 path=x\n',
  ]) {
    await assert.rejects(read(Buffer.concat([tarEntry('x', records, { type: 'x' }), tarEntry('y'), tarEnd])), /damaged/, records);
  }
  for (const size of ['-1', '1e9', '99999999999999999999', '0x10']) {
    await assert.rejects(
      read(Buffer.concat([tarEntry('x', paxRecord('size', size), { type: 'x' }), tarEntry('y'), tarEnd])),
      /damaged/,
      size,
    );
  }
  await assert.rejects(read(Buffer.concat([tarEntry('x', paxRecord('a', 'b'), { type: 'x' }), tarEnd])), /ends too early/);
});

test('a hundred thousand entries take no more memory than their headers', async () => {
  const block = Buffer.concat([tarEntry('x', 'c'.repeat(5000))]);
  const count = 100_000;
  async function* archive(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < count; at++) {
      const entry = Buffer.from(block);
      entry.write(`folder${at % 100}/file${at}`, 0);
      sum(entry);
      yield entry;
    }
    yield tarEnd;
  }
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  let found = 0;
  let most = 0;
  for await (const entry of readTar(new StreamReader(archive()))) {
    found += entry.size === 5000 ? 1 : 0;
    if (found % 5000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  assert.equal(found, count);
  // The archive has 550 MB.
  assert.ok(most - before < 120e6, `${most - before} bytes`);
});

test('long names of archives are cut, and a list ends where they become too much', async () => {
  const archive = Buffer.concat([
    tarEntry('x', paxRecord('linkpath', 'l'.repeat(900_000)) + paxRecord('uname', 'u'.repeat(100_000)), { type: 'x' }),
    tarEntry('link', '', { type: '2' }),
    tarEntry('long', 'n'.repeat(900_000), { type: 'L' }),
    tarEntry('y'),
    tarEnd,
  ]);
  const [link, long] = await read(archive);
  assert.ok(link!.link!.length <= maxText && link!.user!.length <= maxText);
  assert.equal(long!.path.length, maxPath);
  assert.match(long!.odd ?? '', /cut/);
  const layer: Layer = {
    way: 'stream',
    compression: 'gzip',
    entries: async function* () {
      for (;;) yield link!;
    },
    file: async function* () {},
  };
  let found = 0;
  assert.equal(await eachEntry(layer, {}, () => found++, { entries: 1000, characters: 5 * charactersOf(link!) }), false);
  assert.equal(found, 5);
});
