import assert from 'node:assert/strict';
import { test } from 'vitest';
import { sortTags } from '../../../src/pages/repository/sortTags.ts';

test('tags are sorted newest first, by version or by name', () => {
  const tags = [
    { tag: 'b', changed: new Date(1) },
    { tag: '1.2' },
    { tag: '1.10', changed: new Date(3) },
    { tag: 'a', changed: new Date(3) },
  ];
  assert.deepEqual(
    sortTags(tags, 'newest').map((tag) => tag.tag),
    ['1.10', 'a', 'b', '1.2'],
  );
  assert.deepEqual(
    sortTags(tags, 'version').map((tag) => tag.tag),
    ['1.10', '1.2', 'a', 'b'],
  );
  assert.deepEqual(
    sortTags(tags, 'name').map((tag) => tag.tag),
    ['1.10', '1.2', 'a', 'b'],
  );
});
