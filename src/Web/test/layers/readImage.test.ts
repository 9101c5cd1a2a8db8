import assert from 'node:assert/strict';
import { test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { maxUnasked } from '../../src/layers/limits.ts';
import { costOf, readImage } from '../../src/layers/readImage.ts';
import { stargz } from './indexed.ts';
import { flat, MemoryRepository, read } from './images.ts';

test('an image of which a layer cannot be read says which', async () => {
  const repository = new MemoryRepository();
  await assert.rejects(
    read(repository, repository.image({ a: '' }, Buffer.from('no archive'))),
    /^Error: Layer 2: It is neither a tar archive/,
  );
  const indexed = repository.image(stargz({ a: 'x' }).layer);
  indexed.document.layers![0]!.annotations = { 'containerd.io/snapshot/stargz/toc.digest': stargz({ a: 'x' }).tocDigest };
  assert.deepEqual(costOf(indexed), { layers: 1, indexed: 1, bytes: 0, small: true });
  assert.deepEqual(flat((await read(repository, indexed)).files.tree.root), ['a 0']);
  // Any manifest can declare that a large layer has an index.
  const large = repository.image(Buffer.concat([gzipSync('no archive'), Buffer.alloc(maxUnasked)]));
  large.document.layers![0]!.annotations = { 'containerd.io/snapshot/stargz/toc.digest': `sha256:${'a'.repeat(64)}` };
  assert.ok(costOf(large).small);
  await assert.rejects(read(repository, large), /have to be read/);
  await assert.rejects(
    readImage(repository, large, new Map(), new AbortController().signal, () => undefined, true),
    /ends too early/,
  );
});
