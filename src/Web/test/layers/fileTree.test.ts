import assert from 'node:assert/strict';
import { test } from 'vitest';
import { FileTree, childrenOf } from '../../src/layers/fileTree.ts';
import { findFiles } from '../../src/layers/findFiles.ts';
import { maxNodes } from '../../src/layers/limits.ts';
import { entry, merged } from './images.ts';

test('a tree has an end, and is quick with many entries', () => {
  const tree = new FileTree();
  const began = performance.now();
  const file = entry('f');
  for (let at = 0; at < maxNodes + 1000; at++) tree.add({ ...file, path: `d${at % 50}/f${at}` });
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
