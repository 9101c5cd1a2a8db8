import assert from 'node:assert/strict';
import { test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { configFacts } from '../src/layers/compare/configFacts.ts';
import { pairUp, stateOf } from '../src/layers/compare/differences.ts';
import { compareFiles } from '../src/layers/compare/compareFiles.ts';
import { pairLayers } from '../src/layers/compare/layerPairs.ts';
import { choicesOf, pairPlatforms } from '../src/layers/compare/platforms.ts';
import type { Entry, EntryType } from '../src/layers/entry.ts';
import { FileTree, childrenOf, type FileNode } from '../src/layers/fileTree.ts';
import { findFiles } from '../src/layers/findFiles.ts';
import { maxNodes, maxUnasked } from '../src/layers/limits.ts';
import { MergedFiles } from '../src/layers/merge.ts';
import { pathOf } from '../src/layers/names.ts';
import { costOf, readImage, type ReadImage } from '../src/layers/readImage.ts';
import type { Repository } from '../src/api/repository.ts';
import type { Descriptor, StoredManifest } from '../src/oci/types.ts';
import { MemoryBlob } from './data/layers/fixtures.ts';
import { plainTar, stargz, type Files } from './data/layers/indexed.ts';

/** An entry from its name: a/ is a folder, a -> b a symlink, a = b a hard link. */
function entry(text: string, size = 1, fields: Partial<Entry> = {}): Entry {
  const [name, arrow, link] = text.split(/ (->|=) /);
  const type: EntryType = arrow === '->' ? 'symlink' : arrow === '=' ? 'hardlink' : name!.endsWith('/') ? 'directory' : 'file';
  return {
    ...pathOf(name!),
    type,
    size,
    mode: 0o644,
    uid: 0,
    gid: 0,
    ...(link !== undefined && { link }),
    place: { start: 0, skip: 0 },
    ...fields,
  };
}

function merged(...layers: string[][]): MergedFiles {
  const files = new MergedFiles();
  for (const [number, names] of layers.entries())
    files.apply(
      names.map((name) => entry(name, number + 1)),
      number,
    );
  return files;
}

/** Paths with the number of the layer they come from. */
function flat(node: FileNode, path = ''): string[] {
  return childrenOf(node).flatMap((child) => [
    `${path}${child.name}${child.entry?.type === 'directory' || !child.entry ? '/' : ''} ${child.layer}`,
    ...flat(child, `${path}${child.name}/`),
  ]);
}

test('later layers win, and folders are merged', () => {
  const { tree } = merged(['a/', 'a/one', 'a/two'], ['a/', 'a/two', 'a/three', 'b']);
  assert.deepEqual(flat(tree.root), ['a/ 1', 'a/one 0', 'a/three 1', 'a/two 1', 'b 1']);
  assert.equal(tree.size, 5);
});

test('whiteouts take away from lower layers only, wherever they stand', () => {
  const { tree } = merged(
    ['a/', 'a/x', 'a/y', 'b/', 'b/c/', 'b/c/d', 'top'],
    ['a/y', 'a/.wh.y', 'a/.wh.x', '.wh.b', '.wh.top', '.wh.nothing', 'b/new'],
  );
  assert.deepEqual(flat(tree.root), ['a/ 0', 'a/y 1', 'b/ 1', 'b/new 1']);
  assert.equal(tree.size, 4);
});

test('an opaque whiteout hides what lower layers have in the folder, and keeps its own', () => {
  const { tree } = merged(
    ['a/', 'a/x', 'a/deep/', 'a/deep/y'],
    ['a/new', 'a/', 'a/.wh..wh..opq', 'a/deep/z'],
    ['a/.wh..wh.plnk', 'a/last'],
  );
  assert.deepEqual(flat(tree.root), ['a/ 1', 'a/deep/ 1', 'a/deep/z 1', 'a/last 2', 'a/new 1']);
  assert.deepEqual(flat(merged(['x', 'y/z'], ['.wh..wh..opq', 'w']).tree.root), ['w 1']);
});

test('a file takes the place of a folder with all in it, and a folder that of a file', () => {
  assert.deepEqual(flat(merged(['a/', 'a/b', 'c'], ['a', 'c/', 'c/d']).tree.root), ['c/ 1', 'c/d 1', 'a 1']);
  assert.deepEqual(flat(merged(['a'], ['a/b']).tree.root), ['a/ 1', 'a/b 1']);
});

test('symlinks on the way are followed within the image, and loops end', () => {
  const { tree } = merged(
    ['usr/', 'usr/lib/', 'lib -> usr/lib', 'abs -> /usr', 'out -> ../../../usr', 'one -> two', 'two -> one', 'dangling -> not/there'],
    ['lib/a', 'abs/b', 'out/c', 'one/lost', 'dangling/e', 'lib/.wh.nothing'],
    ['lib/.wh.a'],
  );
  assert.deepEqual(
    flat(tree.root).filter((path) => !path.includes('->')),
    [
      'not/ 1',
      'not/there/ 1',
      'not/there/e 1',
      'usr/ 0',
      'usr/lib/ 0',
      'usr/b 1',
      'usr/c 1',
      'abs 0',
      'dangling 0',
      'lib 0',
      'one 0',
      'out 0',
      'two 0',
    ],
  );
  assert.ok(tree.cut);
});

test('hard links have the content of what they link to, also when that is replaced later', () => {
  const { tree, sources } = merged(['a', 'b = a', 'c = b'], ['d = /a'], ['a', 'e = ./a', 'f = gone']);
  const layerOf = (path: string): number | undefined => sources.get(tree.find(path)!.entry!)?.layer;
  assert.deepEqual(['b', 'c', 'd', 'e', 'f'].map(layerOf), [0, 0, 0, 2, undefined]);
});

test('names such as __proto__ and .. are names', () => {
  const { tree } = merged(['__proto__/constructor', '../../x', 'a/../..']);
  assert.equal(tree.find('__proto__/constructor')?.entry?.type, 'file');
  assert.equal(({} as Record<string, unknown>).x, undefined);
  const single = new FileTree();
  single.add(entry('../../x'));
  assert.equal(single.find('../../x')?.name, 'x');
});

test('a tree has an end, and is quick with many entries', () => {
  const tree = new FileTree();
  const began = performance.now();
  for (let at = 0; at < maxNodes + 1000; at++) tree.add(entry(`d${at % 50}/f${at}`));
  assert.equal(tree.size, maxNodes);
  assert.ok(tree.cut);
  assert.equal(childrenOf(tree.root).length, 50);
  assert.equal(findFiles(tree.root, 'F499', 100).found.length, 100);
  assert.ok(performance.now() - began < 60_000);
});

test('names are found whatever their case, in order', () => {
  const { tree } = merged(['etc/', 'etc/Passwd', 'usr/bin/passwd', 'usr/pass']);
  assert.deepEqual(findFiles(tree.root, 'PASSWD', 10), { found: findFiles(tree.root, 'passwd', 10).found, more: false });
  assert.deepEqual(
    findFiles(tree.root, 'pass', 2).found.map(({ path }) => path),
    ['etc/Passwd', 'usr/bin/passwd'],
  );
  assert.equal(findFiles(tree.root, 'pass', 2).more, true);
});

class MemoryRepository implements Repository {
  readonly name = 'test';
  readonly blobs = new Map<string, MemoryBlob>();
  opened = 0;

  async manifest(): Promise<StoredManifest> {
    throw new Error('There is none.');
  }

  async referrers(): Promise<Descriptor[]> {
    return [];
  }

  blob({ digest }: { digest: string }): MemoryBlob {
    this.opened++;
    return this.blobs.get(digest)!;
  }

  image(...layers: (Files | Buffer)[]): StoredManifest {
    const descriptors = layers.map((files): Descriptor => {
      const blob = new MemoryBlob(Buffer.isBuffer(files) ? files : gzipSync(plainTar(files)));
      this.blobs.set(blob.digest, blob);
      return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: blob.digest, size: blob.size };
    });
    return { digest: `sha256:${this.blobs.size}`, mediaType: 'x', bytes: new Uint8Array(0), document: { layers: descriptors } };
  }
}

const read = (repository: Repository, manifest: StoredManifest, known = new Map()): Promise<ReadImage> =>
  readImage(repository, manifest, known, new AbortController().signal, () => undefined, false);

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

test('an image of which a layer cannot be read says which', async () => {
  const repository = new MemoryRepository();
  await assert.rejects(read(repository, repository.image({ a: '' }, Buffer.from('no archive'))), /^Error: Layer 2: It is no tar archive/);
  const indexed = repository.image(stargz({ a: 'x' }).layer);
  indexed.document.layers![0]!.annotations = { 'containerd.io/snapshot/stargz/toc.digest': stargz({ a: 'x' }).tocDigest };
  assert.deepEqual(costOf(indexed), { layers: 1, indexed: 1, bytes: 0, small: true });
  assert.deepEqual(flat((await read(repository, indexed)).files.tree.root), ['a 0']);
  // Anyone can say of a large layer that it has an index.
  const large = repository.image(Buffer.concat([gzipSync('no archive'), Buffer.alloc(maxUnasked)]));
  large.document.layers![0]!.annotations = { 'containerd.io/snapshot/stargz/toc.digest': `sha256:${'a'.repeat(64)}` };
  assert.ok(costOf(large).small);
  await assert.rejects(read(repository, large), /have to be read/);
  await assert.rejects(
    readImage(repository, large, new Map(), new AbortController().signal, () => undefined, true),
    /ends too early/,
  );
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
