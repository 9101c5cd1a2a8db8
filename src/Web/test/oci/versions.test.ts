import assert from 'node:assert/strict';
import { test } from 'vitest';
import { compareVersions } from '../../src/oci/versions.ts';

test('tags are sorted as versions, the newest first, and others after them by name', () => {
  const sorted = [
    'v10.0.0',
    '2.0.0',
    '2.0.0-rc.10',
    '2.0.0-rc.2',
    '2.0.0-rc',
    '2.0.0-alpha',
    '1.10',
    '1.9.3',
    '1.9',
    '3.19-alpine',
    'latest',
    'main',
  ];
  const expected = [
    'v10.0.0',
    '3.19-alpine',
    '2.0.0',
    '2.0.0-rc.10',
    '2.0.0-rc.2',
    '2.0.0-rc',
    '2.0.0-alpha',
    '1.10',
    '1.9.3',
    '1.9',
    'latest',
    'main',
  ];
  for (const shuffled of [sorted, [...sorted].reverse(), [...sorted].sort()])
    assert.deepEqual([...shuffled].sort(compareVersions), expected);
});

test("semver.org's own example of precedence holds", () => {
  const rising = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0'];
  assert.deepEqual([...rising].sort(compareVersions), [...rising].reverse());
  const huge = ['1.99999999999999999998.0', '1.99999999999999999999.0'];
  assert.deepEqual([...huge].sort(compareVersions), [...huge].reverse());
});

test('an order of tags is an order', () => {
  const tags = ['1', '1.0', '1.0.0', 'v1', '1-0', '1.0-1', '01', '1.', '-1', 'x', '1.0.0+b', 'V1.0', '1.0.1', '0'];
  for (const a of tags)
    for (const b of tags) {
      assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0, `${a} ${b}`);
      for (const c of tags)
        if (compareVersions(a, b) < 0 && compareVersions(b, c) < 0) assert.ok(compareVersions(a, c) < 0, `${a} ${b} ${c}`);
    }
});
