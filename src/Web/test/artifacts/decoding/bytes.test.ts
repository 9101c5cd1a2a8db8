import assert from 'node:assert/strict';
import { test } from 'vitest';
import { fromBase64, fromPem } from '../../../src/artifacts/decoding/base64.ts';
import { ByteReader, MalformedError } from '../../../src/artifacts/decoding/byteReader.ts';
import { hexLines } from '../../../src/artifacts/decoding/hex.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

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

test('begins of certificates without an end cost no more than one', () => {
  const begins = '-----BEGIN CERTIFICATE-----'.repeat(100_000);
  const before = performance.now();
  assert.ok(fromPem(`${begins}-----END CERTIFICATE-----`, 'CERTIFICATE').length <= 1);
  assert.ok(performance.now() - before < 2000);
  assert.equal(fromPem('-----BEGIN A-----\nAAEC\n-----END A-----\n'.repeat(1000), 'A').length, 20);
});

test('lines of bytes', () => {
  const [first, second] = hexLines(new TextEncoder().encode('0123456789abcdef\u0001z'), 0x100);
  assert.equal(first, '00000100  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef');
  assert.equal(second?.slice(0, 15), '00000110  01 7a');
  assert.equal(second?.at(-1), 'z');
  assert.equal(second?.indexOf('.z'), first?.indexOf('0123456789'));
});
