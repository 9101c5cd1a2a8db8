import assert from 'node:assert/strict';
import { test } from 'vitest';
import { cosignTag, parseCosignTag } from '../../src/oci/cosignTags.ts';
import { isDigest, isRepositoryName, isTag } from '../../src/oci/names.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test('names have the grammar of the distribution spec', () => {
  for (const good of ['a', 'a/b', 'a-b', 'a--b', 'a__b', 'a.b/c_d', 'x'.repeat(255)]) assert.ok(isRepositoryName(good), good);
  for (const bad of ['', '_a', 'a_', 'A', 'a//b', '/a', 'a/', 'a..b', 'a___b', '../a', 'a b', 'x'.repeat(256), 'a\n'])
    assert.ok(!isRepositoryName(bad), bad);
  for (const bad of ['', '.a', '-a', 'a/b', 'a:b', 'a'.repeat(129), 'a\n']) assert.ok(!isTag(bad), bad);
  for (const bad of ['sha256:a', `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(64)}\n`, `md5:${'a'.repeat(32)}`, ''])
    assert.ok(!isDigest(bad), bad);
});

test("cosign's tags are made and known", () => {
  assert.equal(cosignTag(digest, 'sig'), `sha256-${'a'.repeat(64)}.sig`);
  assert.deepEqual(parseCosignTag(cosignTag(digest, 'att')), { digest, kind: 'att' });
  assert.equal(parseCosignTag('sha256-abc.sig'), undefined);
  assert.equal(parseCosignTag('v1.sig'), undefined);
});
