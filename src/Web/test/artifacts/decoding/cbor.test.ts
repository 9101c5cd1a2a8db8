import assert from 'node:assert/strict';
import { test } from 'vitest';
import { MalformedError } from '../../../src/artifacts/decoding/byteReader.ts';
import { readCbor, signedStructure } from '../../../src/artifacts/decoding/cbor.ts';

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
