import assert from 'node:assert/strict';
import { test } from 'vitest';
import { decodeText } from '../../src/artifacts/decoding/text.ts';
import { truncateText, escapeInvisibleInLines } from '../../src/format/invisibleCharacters.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

test('text is cut with an ellipsis, and invisible characters are escaped', () => {
  assert.equal(truncateText('abc', 3), 'abc');
  assert.equal(truncateText('abcd', 3), 'abc…');
  assert.equal(truncateText('a\u202eb', 9), 'a\\u{202e}b');
});

test('invisible characters are made visible', () => {
  assert.equal(escapeInvisibleInLines('a\u202eb\tc\r\nd\u0000\u200be'), 'a\\u{202e}b\tc\nd\\u{0}\\u{200b}e');
  assert.equal(decodeText(new TextEncoder().encode('grüß')), 'grüß');
  assert.equal(decodeText(hex('c3')), undefined);
  assert.equal(decodeText(hex('61c3'), true), 'a');
  assert.equal(decodeText(hex('6100')), undefined);
});
