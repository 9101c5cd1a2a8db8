import assert from 'node:assert/strict';
import { test } from 'vitest';
import { fromBase64, fromPem } from '../src/kinds/read/base64.ts';
import { ByteReader, MalformedError } from '../src/kinds/read/byteReader.ts';
import { readCbor, signedStructure } from '../src/kinds/read/cbor.ts';
import { hexLines } from '../src/kinds/read/hex.ts';
import { asList, asText, dig, parseJson } from '../src/kinds/read/json.ts';
import { members } from '../src/oci/read.ts';
import { keysOf, nodesWithin } from '../src/kinds/read/jsonTree.ts';
import { decodeText } from '../src/kinds/read/text.ts';
import { cutText, visibleLines } from '../src/parts/visible.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

test('CBOR reads the examples of RFC 8949, appendix A', () => {
  assert.equal(readCbor(hex('00')), 0);
  assert.equal(readCbor(hex('1903e8')), 1000);
  assert.equal(readCbor(hex('1b000000e8d4a51000')), 1000000000000);
  assert.equal(readCbor(hex('3903e7')), -1000);
  assert.equal(readCbor(hex('f5')), true);
  assert.equal(readCbor(hex('62c3bc')), 'ü');
  assert.deepEqual(readCbor(hex('4401020304')), hex('01020304'));
  assert.deepEqual(readCbor(hex('8301820203820405')), [1, [2, 3], [4, 5]]);
  assert.deepEqual(
    readCbor(hex('a26161016162820203')),
    new Map<string, unknown>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  );
  assert.deepEqual(readCbor(hex('c11a514b67b0')), { tag: 1, value: 1363896240 });
});

test('CBOR that lies is refused without reserving what it promises', () => {
  for (const lie of [
    '9bffffffffffffffff',
    '9affffffff',
    'bb0000ffffffffffff',
    '5affffffff00',
    '7affffffff',
    '81'.repeat(1000) + '00',
    '9f00ff',
    '5f41ff',
    '0000',
    '',
    'd8',
    'fb3ff0000000000000',
    '1bffffffffffffffff',
    `99fffe${'00'.repeat(0xfffe)}`,
  ]) {
    assert.throws(() => readCbor(hex(lie)), MalformedError, lie.slice(0, 20));
  }
});

test('what COSE signs is a list of four', () => {
  const structure = readCbor(signedStructure(hex('a0'), new Uint8Array(300).fill(7)));
  assert.deepEqual(structure, ['Signature1', hex('a0'), new Uint8Array(), new Uint8Array(300).fill(7)]);
  assert.equal((readCbor(signedStructure(hex('a0'), new Uint8Array(70_000))) as Uint8Array[])[3]?.length, 70_000);
});

test('a reader of bytes never reads beyond their end', () => {
  const reader = new ByteReader(hex('ff01'));
  assert.throws(() => reader.u32(), MalformedError);
  assert.throws(() => reader.bytes(-1), MalformedError);
  assert.equal(reader.leb(), 255);
  assert.throws(() => reader.u8(), MalformedError);
  assert.equal(new ByteReader(hex('ffffffff0f')).leb(), 0xffffffff);
  assert.throws(() => new ByteReader(hex('ffffffff1f')).leb(), MalformedError);
  assert.throws(() => new ByteReader(hex('808080808000')).leb(), MalformedError);
});

test('base64 in both alphabets, and PEM', () => {
  assert.deepEqual(fromBase64('-_8'), fromBase64('+/8='));
  assert.throws(() => fromBase64('no base64!'), /not base64/);
  const pem = '-----BEGIN A-----\nAAEC\n-----END A-----\n';
  assert.deepEqual(fromPem(`text ${pem}${pem}-----BEGIN A-----\nAAEC`, 'A'), [hex('000102'), hex('000102')]);
  assert.deepEqual(fromPem(pem, 'B'), []);
});

test('JSON of any shape is read without trust', () => {
  assert.throws(() => parseJson('{'), /not JSON/);
  const odd = parseJson('{"__proto__":{"a":1},"constructor":3,"list":{"0":1},"text":""}');
  assert.equal(dig(odd, '__proto__', 'a'), 1);
  assert.equal(dig({}, 'constructor', 'name'), undefined);
  assert.equal(dig(odd, 'list', 0), 1);
  assert.equal(dig('text', 'length'), undefined);
  assert.equal(asText(dig(odd, 'text')), undefined);
  assert.deepEqual(asList({ length: 5 }), []);
  assert.deepEqual(members([1]), {});
  assert.equal(dig(parseJson('['.repeat(50_000) + ']'.repeat(50_000)), 0, 0) !== undefined, true);
});

test('counting the values of a tree ends at the limit', () => {
  assert.equal(nodesWithin({ a: [1, 2], b: null }, 100), 5);
  assert.equal(
    nodesWithin(
      Array.from({ length: 1_000_000 }, () => 0),
      10,
    ),
    11,
  );
  assert.ok(nodesWithin(JSON.parse('['.repeat(5000) + ']'.repeat(5000)), 10_000) === 5000);
});

test('the names of a tree are made no further than they are shown', () => {
  assert.deepEqual(keysOf({ b: 1, a: 2, c: 3 }, 2), { keys: ['b', 'a'], count: 3 });
  assert.deepEqual(keysOf(['x', 'y'], 5), { keys: ['0', '1'], count: 2 });
  const before = performance.now();
  assert.equal(keysOf(new Array(50_000_000), 100).keys.length, 100);
  assert.ok(performance.now() - before < 1000);
});

test('begins of certificates without an end cost no more than one', () => {
  const begins = '-----BEGIN CERTIFICATE-----'.repeat(100_000);
  const before = performance.now();
  assert.ok(fromPem(`${begins}-----END CERTIFICATE-----`, 'CERTIFICATE').length <= 1);
  assert.ok(performance.now() - before < 2000);
  assert.equal(fromPem('-----BEGIN A-----\nAAEC\n-----END A-----\n'.repeat(1000), 'A').length, 20);
});

test('text is cut with a sign, and what nobody sees is written out', () => {
  assert.equal(cutText('abc', 3), 'abc');
  assert.equal(cutText('abcd', 3), 'abc…');
  assert.equal(cutText('a\u202eb', 9), 'a\\u{202e}b');
});

test('text that nobody sees is made visible', () => {
  assert.equal(visibleLines('a\u202eb\tc\r\nd\u0000\u200be'), 'a\\u{202e}b\tc\nd\\u{0}\\u{200b}e');
  assert.equal(decodeText(new TextEncoder().encode('grüß')), 'grüß');
  assert.equal(decodeText(hex('c3')), undefined);
  assert.equal(decodeText(hex('61c3'), true), 'a');
  assert.equal(decodeText(hex('6100')), undefined);
});

test('lines of bytes', () => {
  const [first, second] = hexLines(new TextEncoder().encode('0123456789abcdef\u0001z'), 0x100);
  assert.equal(first, '00000100  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef');
  assert.equal(second?.slice(0, 15), '00000110  01 7a');
  assert.equal(second?.at(-1), 'z');
  assert.equal(second?.indexOf('.z'), first?.indexOf('0123456789'));
});
