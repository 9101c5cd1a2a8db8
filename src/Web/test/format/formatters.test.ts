import assert from 'node:assert/strict';
import { test } from 'vitest';
import { formatDuration } from '../../src/format/formatters.ts';

test('durations of .NET are told in words', () => {
  assert.equal(formatDuration('00:00:00.6039977'), '0.6 s');
  assert.equal(formatDuration('00:01:02.6'), '1 min 3 s');
  assert.equal(formatDuration('1.02:00:04'), '1 d 2 h 4 s');
  assert.equal(formatDuration('<b>'), '<b>');
});
