import type { Entry } from '../entry.ts';
import { childrenOf, type FileNode } from '../fileTree.ts';
import type { Source } from '../mergedFileTree.ts';
import type { ReadImage } from '../readImage.ts';

/** A file that differs in two images. */
export interface FileDifference {
  path: string;
  one?: Entry;
  other?: Entry;
  /** The differing properties, if both images have it. */
  changed: string[];
}

export interface FileComparison {
  differences: FileDifference[];
  /** From the same layer, or with the same digest in indexes. */
  same: number;
  /** Number of files with the same properties whose contents were not compared. */
  alike: number;
  /** Number of differences that were omitted because there are too many. */
  left: number;
}

/** Compares the files of two images by the metadata in their layers; no content is read. */
export function compareFiles(one: ReadImage, other: ReadImage, limit = 5000): FileComparison {
  const result: FileComparison = { differences: [], same: 0, alike: 0, left: 0 };
  const add = (difference: FileDifference): void => {
    if (result.differences.length < limit) result.differences.push(difference);
    else result.left++;
  };
  const pending: { path: string; one?: FileNode; other?: FileNode }[] = [
    { path: '', one: one.files.tree.root, other: other.files.tree.root },
  ];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path } = next;
    if (next.one?.entry || next.other?.entry) judge(path, next.one, next.other);
    for (const name of namesBelow(next.one, next.other).reverse()) {
      const [below, beside] = [next.one?.children?.get(name), next.other?.children?.get(name)];
      pending.push({ path: path === '' ? name : `${path}/${name}`, ...(below && { one: below }), ...(beside && { other: beside }) });
    }
  }
  return result;

  function judge(path: string, before?: FileNode, after?: FileNode): void {
    const sides = { ...(before?.entry && { one: before.entry }), ...(after?.entry && { other: after.entry }) };
    if (!sides.one || !sides.other) return add({ path, ...sides, changed: [] });
    const [content, otherContent] = [contentOf(one, before!, sides.one), contentOf(other, after!, sides.other)];
    const sameLayer =
      digestOf(one, before!.layer) === digestOf(other, after!.layer) &&
      digestOf(one, content.layer) === digestOf(other, otherContent.layer);
    if (sameLayer) return void result.same++;
    const changed = changesOf(content.entry, otherContent.entry, sides.one, sides.other);
    if (changed.length > 0) return add({ path, ...sides, changed });
    const compared = content.entry.digest !== undefined && otherContent.entry.digest !== undefined;
    if (content.entry.type === 'file' && content.entry.size > 0 && !compared) result.alike++;
    else result.same++;
  }
}

const digestOf = (image: ReadImage, layer: number): string | undefined => image.layers[layer]?.descriptor.digest;

const contentOf = (image: ReadImage, node: FileNode, entry: Entry): Source =>
  image.files.sources.get(entry) ?? { entry, layer: node.layer };

function namesBelow(one?: FileNode, other?: FileNode): string[] {
  const names = new Set([...(one ? childrenOf(one) : []), ...(other ? childrenOf(other) : [])].map((node) => node.name));
  return [...names].sort();
}

function changesOf(content: Entry, otherContent: Entry, one: Entry, other: Entry): string[] {
  const changed: string[] = [];
  // Hard links are names of one file; which of them is stored as a link depends on their order only.
  if (content.type !== otherContent.type) changed.push('type');
  else if (content.size !== otherContent.size) changed.push('size');
  else if (content.digest !== undefined && otherContent.digest !== undefined && content.digest !== otherContent.digest)
    changed.push('content');
  if (one.mode !== other.mode) changed.push('mode');
  if (one.uid !== other.uid || one.gid !== other.gid) changed.push('owner');
  if (content.type === 'symlink' && content.link !== otherContent.link) changed.push('link');
  return changed;
}
