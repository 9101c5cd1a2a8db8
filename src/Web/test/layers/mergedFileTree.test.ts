import assert from 'node:assert/strict';
import { test } from 'vitest';
import { FileTree } from '../../src/layers/fileTree.ts';
import { entry, merged, flat } from './images.ts';

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
