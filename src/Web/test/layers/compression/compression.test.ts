import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { deflateRawSync, gzipSync, constants } from 'node:zlib';
import { StreamReader } from '../../../src/layers/bytes/byteReader.ts';
import { paced } from '../../../src/layers/bytes/streams.ts';
import { compressionOf, namedCompression } from '../../../src/layers/compression/compression.ts';
import { gunzip, gunzipNatively, NotNativeError, type Unpack } from '../../../src/layers/compression/gunzip.ts';
import { gunzipMembers } from '../../../src/layers/compression/members.ts';
import { unzstd } from '../../../src/layers/compression/zstd/unzstd.ts';
import { LayerError } from '../../../src/layers/layerError.ts';
import { all, inFolder, pieces, tarEntry } from '../fixtures.ts';

const text = Buffer.from(Array.from({ length: 40_000 }, (_, at) => `line ${at} ${(at * 7919) % 1000}\n`).join(''));
const noise = randomBytes(300_000);
const runs = Buffer.concat([Buffer.alloc(400_000, 'a'), text.subarray(0, 5000), Buffer.alloc(70_000), noise.subarray(0, 40_000), text]);
const samples: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['a byte', Buffer.from('x')],
  ['text', text],
  ['noise', noise],
  ['runs', runs],
];

const isSame = (found: Buffer, wanted: Buffer, what: string): void => assert.ok(found.equals(wanted), what);

test('our gunzip unpacks what zlib packs, however it is cut into pieces', async () => {
  for (const [name, sample] of samples) {
    for (const level of [0, 1, 6, 9]) {
      for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE]) {
        const packed = gzipSync(sample, { level, strategy });
        for (const size of [997, 70_000])
          isSame(await all(gunzipMembers(pieces(packed, size))), sample, `${name} ${level} ${strategy} ${size}`);
      }
    }
  }
  isSame(await all(gunzipMembers(pieces(gzipSync(text.subarray(0, 3000)), 1))), text.subarray(0, 3000), 'byte by byte');
});

test('our gunzip unpacks what the gzip command packs, with names and with members that follow each other', () =>
  inFolder(async (_, shell) => {
    const packed = shell(
      'for i in $(seq 1 300); do echo "file $i" > "f$i"; gzip -c "f$i"; done; seq 1 50000 > big; gzip -9c big; head -c 5000 /dev/zero',
    );
    const plain = shell('for i in $(seq 1 300); do cat "f$i"; done; cat big');
    isSame(await all(gunzipMembers(pieces(packed, 333))), plain, 'members');
  }));

const header = (flags: number, rest: Buffer): Buffer => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), rest]);
const trailer = gzipSync(text).subarray(-8);

test('headers with all fields, and headers that do not end', async () => {
  const extra = Buffer.concat([Buffer.from([5, 0]), Buffer.from('extra'), Buffer.from('name\0comment\0'), Buffer.from([1, 2])]);
  isSame(await all(gunzipMembers(pieces(Buffer.concat([header(31, extra), deflateRawSync(text), trailer]), 3))), text, 'all fields');
  await assert.rejects(all(gunzipMembers(pieces(header(8, Buffer.alloc(300_000, 'n'))))), /exceeds the limit of the web UI/);
});

// As browsers do by the standard: one member, and an error if anything follows it.
const strict: Unpack = async function* (packed) {
  const whole = await all(packed);
  const end = whole.indexOf(Buffer.from([0x1f, 0x8b, 8]), 1);
  yield* pieces(await all(gunzipNatively(pieces(end < 0 ? whole : whole.subarray(0, end)))), 100);
  if (end >= 0) throw new NotNativeError('Junk found after end of compressed data.');
};

test('members that the browser does not take are read by ours, and nothing comes twice', async () => {
  const members = Buffer.concat([gzipSync(text.subarray(0, 1234)), gzipSync(text.subarray(1234, 9000)), gzipSync(text.subarray(9000))]);
  let opened = 0;
  const open = (): AsyncIterable<Uint8Array> => {
    opened++;
    return pieces(members, 500);
  };
  isSame(await all(gunzip(open, strict)), text, 'members');
  assert.equal(opened, 2);
  isSame(await all(gunzip(() => pieces(gzipSync(text)))), text, 'natively');
});

test('damaged and truncated gzip says so', async () => {
  const packed = gzipSync(text);
  for (const read of [(bytes: Uint8Array) => all(gunzipMembers(pieces(bytes))), (bytes: Uint8Array) => all(gunzip(() => pieces(bytes)))]) {
    await assert.rejects(read(packed.subarray(0, packed.length / 2)), /ends too early/);
    await assert.rejects(read(packed.subarray(0, packed.length - 4)), /ends too early/);
    await assert.rejects(read(packed.subarray(0, 5)), /ends too early/);
    const wrong = Buffer.from(packed);
    wrong[wrong.length - 6]! ^= 1;
    await assert.rejects(read(wrong), /checksum/);
  }
  await assert.rejects(
    all(gunzipMembers(pieces(Buffer.concat([packed, Buffer.from('garbage that is no member')])))),
    /followed by other data/,
  );
});

test('whatever bytes come, gunzip and unzstd end, with an error or without', () =>
  inFolder(async (_, shell) => {
    shell('seq 1 20000 > n');
    const good = [gzipSync(text), shell('zstd -q -c n'), shell('zstd -q -19 -c n')];
    let failed = 0;
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(good[round % 3]!);
      for (let change = 0; change < 1 + (round % 4); change++) bytes[5 + random(bytes.length - 5)] = random(2048) >> 3;
      await all(paced(round % 3 === 0 ? gunzipMembers(pieces(bytes)) : unzstd(pieces(bytes)), undefined, 50e6)).catch((error: unknown) => {
        assert.ok(error instanceof LayerError, String(error));
        failed++;
      });
    }
    assert.ok(failed > 100, `${failed} of 300`);
  }));

test('what goes wrong on the way is no damage', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield gzipSync(noise).subarray(0, 100_000);
    throw new TypeError('network');
  }
  await assert.rejects(all(gunzip(broken)), { message: 'network' });
});

test('the transfer stops with the reader', async () => {
  for (const kind of ['gzip', 'members'] as const) {
    let ended = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(gzipSync(noise), 5000);
      } finally {
        ended = true;
      }
    }
    for await (const _ of kind === 'gzip' ? gunzip(endless) : gunzipMembers(endless())) break;
    assert.ok(ended, kind);
  }
});

test('a bomb takes little memory and has an end', () =>
  inFolder(async (_, shell) => {
    const gz = shell('head -c 250M /dev/zero | gzip -1');
    const zst = shell('head -c 250M /dev/zero | zstd -q -c');
    assert.ok(gz.length < 5e6 && zst.length < 1e6);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const drain = async (unpacked: AsyncIterable<Uint8Array>): Promise<void> => {
      let count = 0;
      for await (const _ of paced(unpacked, undefined, 200e6))
        if (count++ % 100 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
    };
    for (const unpacked of [gunzip(() => pieces(gz, 65_536)), gunzipMembers(pieces(gz, 65_536)), unzstd(pieces(zst, 65_536))])
      await assert.rejects(drain(unpacked), /Reading stopped at 200000000 unpacked bytes/);
    assert.ok(most - before < 150e6, `${most - before} bytes`);
  }));

test('unzstd unpacks what the zstd command packs', () =>
  inFolder(async (folder, shell) => {
    for (const [name, sample] of samples) {
      writeFileSync(join(folder, 'sample'), sample);
      for (const options of [
        '-1',
        '-3',
        '-9',
        '-19',
        '--ultra -22',
        '--fast=5',
        '-3 --no-check',
        '-19 --long=24',
        '-3 --no-content-size',
      ]) {
        const packed = shell(`zstd -q ${options} -c sample`);
        for (const size of [517, 1e6]) isSame(await all(unzstd(pieces(packed, size))), sample, `${name} ${options} ${size}`);
      }
      isSame(await all(unzstd(pieces(shell('zstd -q -c < sample')))), sample, `${name} from a pipe`);
    }
  }));

test('unzstd unpacks frames that follow each other, and passes over skippable ones', () =>
  inFolder(async (folder, shell) => {
    const parts: Buffer[] = [];
    // One shell: on a loaded machine, 80 of them take longer than vitest waits for a thread.
    shell('for at in $(seq 0 79); do seq $at 100 | zstd -q -c > frame$at; done');
    for (let at = 0; at < 80; at++) {
      if (at % 7 === 0) parts.push(Buffer.from([0x50 + (at % 16), 0x2a, 0x4d, 0x18, at, 0, 0, 0]), Buffer.alloc(at, 's'));
      parts.push(readFileSync(join(folder, `frame${at}`)));
    }
    const plain = shell('for at in $(seq 0 79); do seq $at 100; done');
    isSame(await all(unzstd(pieces(Buffer.concat(parts), 100))), plain, 'frames');
  }));

test('files of this machine go through unzstd unharmed', () =>
  inFolder(async (_, shell) => {
    for (const [options, size] of [
      ['-3', 6_000_000],
      ['-19', 2_000_000],
    ] as const) {
      const plain = shell(`head -c ${size} "$(command -v node)" | cat`);
      const packed = shell(`head -c ${size} "$(command -v node)" | zstd -q ${options} -c`);
      const hash = createHash('sha256')
        .update(await all(unzstd(pieces(packed, 65_536))))
        .digest('hex');
      assert.equal(hash, createHash('sha256').update(plain).digest('hex'));
    }
  }));

test('zstd that is damaged, truncated, wants too much or a dictionary says so', () =>
  inFolder(async (_, shell) => {
    const packed = shell('seq 1 30000 | zstd -q -c');
    const read = (bytes: Uint8Array): Promise<Buffer> => all(unzstd(pieces(bytes)));
    await assert.rejects(read(packed.subarray(0, packed.length / 2)), /ends too early/);
    await assert.rejects(read(packed.subarray(0, 5)), /ends too early/);
    await assert.rejects(read(Buffer.concat([packed, Buffer.from('junk')])), /followed by other data/);
    await assert.rejects(read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0])), /needs a window/);
    await assert.rejects(read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0])), /needs a window/);
    await assert.rejects(read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 7, 1, 0, 0])), /dictionary/);
    // An RLE block that claims two mebibytes, sixteen times the maximum of a block.
    await assert.rejects(read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, 0xfb, 0xff, 0xff, 0x61])), /damaged/);
    // Sequences that need no bits and would copy 98047 times 65539 bytes; and Huffman weights whose states loop forever without bits.
    const frame = (block: number[]): Buffer =>
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, (block.length << 3) | 5, block.length >> 5, 0, ...block]);
    const began = performance.now();
    await assert.rejects(read(frame([0x08, 0x61, 255, 255, 255, 0x54, 0, 0, 52, 0, 0, 0, 0, 1])), /damaged/);
    await assert.rejects(read(frame([0x02, 0x80, 0x01, 3, 0x10, 0x82, 0x7f, 0, 0, 0, 0])), /damaged/);
    assert.ok(performance.now() - began < 5000);
  }));

test('how a layer is compressed', () => {
  const tar = tarEntry('x');
  assert.equal(compressionOf(tar), 'none');
  assert.equal(compressionOf(gzipSync('x')), 'gzip');
  assert.equal(compressionOf(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)), 'zstd');
  assert.equal(compressionOf(new Uint8Array(0)), 'none');
  assert.throws(() => compressionOf(Buffer.from('BZh91AY')), /bzip2/);
  assert.throws(() => compressionOf(Buffer.from('{"a":1}')), /neither a tar archive/);
  const named = [
    'application/vnd.oci.image.layer.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
    'application/vnd.oci.image.layer.v1.tar+zstd',
    'application/vnd.oci.image.layer.v1.tar',
    'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    'text/plain',
    'application/octet-stream',
  ];
  assert.deepEqual(named.map(namedCompression), ['gzip', 'gzip', 'zstd', 'none', 'gzip', undefined, undefined]);
});

test('a reader gives what it is asked for, whatever the pieces are', async () => {
  const reader = new StreamReader(pieces(text, 7));
  assert.equal(Buffer.from(await reader.read(20)).toString(), text.subarray(0, 20).toString());
  assert.equal(await reader.skip(1000), 1000);
  assert.equal(Buffer.from(await reader.read(3)).toString(), text.subarray(1020, 1023).toString());
  assert.equal(reader.position, 1023);
  assert.equal(await reader.skip(text.length), text.length - 1023);
  assert.equal((await reader.read(5)).length, 0);
});
