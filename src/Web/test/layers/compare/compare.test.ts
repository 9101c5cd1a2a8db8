import assert from 'node:assert/strict';
import { test } from 'vitest';
import { configFacts } from '../../../src/layers/compare/configFacts.ts';
import { pairUp, stateOf } from '../../../src/layers/compare/differences.ts';
import { compareFiles } from '../../../src/layers/compare/compareFiles.ts';
import { pairLayers } from '../../../src/layers/compare/layerPairs.ts';
import { choicesOf, pairPlatforms } from '../../../src/layers/compare/platforms.ts';
import { costOf } from '../../../src/layers/readImage.ts';
import type { Descriptor, StoredManifest } from '../../../src/oci/types.ts';
import { MemoryRepository, read } from '../images.ts';

test('two images are compared by their files, and what they share is read once', async () => {
  const repository = new MemoryRepository();
  const base = { 'etc/': '', 'etc/os': 'base', 'etc/gone': 'x', 'etc/link': '-> os' };
  const one = repository.image(base, { 'app/': '', 'app/a': 'one', 'app/same': 'same', 'app/kind': 'x', 'app/l': '-> x' });
  const other = repository.image(base, {
    'etc/.wh.gone': '',
    'app/': '',
    'app/a': 'longer',
    'app/same': 'same',
    'app/kind': '-> x',
    'app/l': '-> y',
    'app/new': '',
  });
  assert.deepEqual([costOf(one, other).layers, costOf(one, other).small], [3, true]);
  const known = new Map();
  const result = compareFiles(await read(repository, one, known), await read(repository, other, known));
  assert.equal(repository.opened, 3);
  assert.deepEqual(
    result.differences.map((difference) => [difference.path, stateOf(difference, false), difference.changed.join()]),
    [
      ['app/a', 'changed', 'size'],
      ['app/kind', 'changed', 'type,mode'],
      ['app/l', 'changed', 'link'],
      ['app/new', 'added', ''],
      ['etc/gone', 'removed', ''],
    ],
  );
  assert.deepEqual([result.same, result.alike, result.left], [4, 1, 0]);
  assert.equal(compareFiles(await read(repository, one, known), await read(repository, other, known), 2).left, 3);
});

test('layers are paired by digest and by title', () => {
  const layer = (digest: string, title?: string): Descriptor => ({
    mediaType: 'x',
    digest,
    size: 1,
    ...(title && { annotations: { 'org.opencontainers.image.title': title } }),
  });
  const pairs = pairLayers(
    [layer('1'), layer('2', 'f'), layer('3', 'g'), layer('4'), layer('1')],
    [layer('9', 'f'), layer('1'), layer('3', 'renamed'), layer('8', 'new')],
  );
  assert.deepEqual(
    pairs.map(({ one, other }) => [one?.digest, other?.digest]),
    [
      ['1', '1'],
      ['2', '9'],
      ['3', '3'],
      ['4', undefined],
      ['1', undefined],
      [undefined, '8'],
    ],
  );
});

test('configs of any form are compared as far as they can be read', () => {
  const facts = configFacts({
    os: 'linux',
    config: {
      Env: ['A=1', 'B=', 5, 'none', null],
      Entrypoint: ['/x', '-y'],
      Labels: { l: 'v', __proto__x: 'w' },
      ExposedPorts: { '80/tcp': {} },
      User: { a: 1 },
    },
  });
  assert.deepEqual(
    [...facts],
    [
      ['OS', 'linux'],
      ['Entrypoint', '["/x","-y"]'],
      ['Environment: A', '1'],
      ['Environment: B', '(empty)'],
      ['Label: l', 'v'],
      ['Label: __proto__x', 'w'],
      ['Port: 80/tcp', 'exposed'],
    ],
  );
  for (const odd of [null, 5, 'x', [], { config: [] }, { config: { Env: {}, Labels: [], ExposedPorts: 'x' } }])
    assert.deepEqual([...configFacts(odd)], []);
  const differences = pairUp(
    new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
    new Map([
      ['b', '3'],
      ['c', '4'],
    ]),
  );
  assert.deepEqual(
    differences.map((difference) => [difference.name, stateOf(difference)]),
    [
      ['a', 'removed'],
      ['b', 'changed'],
      ['c', 'added'],
    ],
  );
});

test('platforms of two indexes are paired, without attestations', () => {
  const index = (...platforms: [string, string?][]): StoredManifest => ({
    digest: 'x',
    mediaType: 'x',
    bytes: new Uint8Array(0),
    document: {
      manifests: platforms.map(([architecture, reference], at): Descriptor => ({
        mediaType: 'x',
        digest: `sha256:${at}`,
        size: 1,
        platform: { os: 'linux', architecture },
        ...(reference && { annotations: { 'vnd.docker.reference.type': reference } }),
      })),
    },
  });
  const pairs = pairPlatforms(
    choicesOf(index(['s390x'], ['amd64'], ['unknown', 'attestation-manifest'], ['amd64']))!,
    choicesOf(index(['amd64'], ['arm64']))!,
  );
  assert.deepEqual(
    pairs.map(({ name, one, other }) => [name, one?.digest, other?.digest]),
    [
      ['linux/amd64', 'sha256:1', 'sha256:0'],
      ['linux/s390x', 'sha256:0', undefined],
      ['sha256:3', 'sha256:3', undefined],
      ['linux/arm64', undefined, 'sha256:1'],
    ],
  );
  assert.equal(choicesOf({ digest: 'x', mediaType: 'x', bytes: new Uint8Array(0), document: {} }), undefined);
});
