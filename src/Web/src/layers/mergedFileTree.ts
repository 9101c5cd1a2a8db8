import type { Entry } from './entry.ts';
import { FileTree, type FileNode } from './fileTree.ts';
import { folderOf, lastOf, pathOf } from './entryPaths.ts';
import { isWhiteout, parseWhiteout } from './whiteouts.ts';

/** Symlinks that are followed on the way to a file, as many as Linux follows. */
const maxLinks = 40;
/** Folders that are traversed on the way to a file. */
const maxSteps = 500;

/** Where the content of a file is: an entry of a layer. */
export interface Source {
  entry: Entry;
  layer: number;
}

/** The file system of an image: the entries of its layers stacked, the lowest first (image spec, "Applying Changesets"). */
export class MergedFileTree {
  readonly tree = new FileTree();
  /** Contents of hard links. */
  readonly sources = new Map<Entry, Source>();

  /** Applies a layer, given all of its entries. */
  apply(entries: readonly Entry[], layer: number): void {
    // Whiteouts hide content of lower layers, whatever their position in their own layer.
    for (const entry of entries) this.#takeAway(entry);
    for (const entry of entries) if (!isWhiteout(entry)) this.#put(entry, layer);
  }

  #takeAway(entry: Entry): void {
    const whiteout = parseWhiteout(entry);
    if (!whiteout) return;
    if (whiteout.opaque) {
      const folder = this.#walk(whiteout.path);
      if (folder?.children) this.#empty(folder);
      return;
    }
    const folder = this.#walk(folderOf(whiteout.path));
    const node = folder?.children?.get(lastOf(whiteout.path));
    if (!node) return;
    this.#empty(node);
    this.tree.remove(folder!, node.name);
  }

  #put(entry: Entry, layer: number): void {
    const folder = this.#walk(folderOf(entry.path), layer);
    const node = entry.path === '' ? this.tree.root : folder && this.tree.child(folder, lastOf(entry.path), layer);
    if (!node) {
      this.tree.cut = true;
      return;
    }
    if (entry.type === 'hardlink') this.#link(entry);
    if (entry.type !== 'directory') {
      if (node === this.tree.root) return;
      this.#empty(node);
      node.children = undefined;
    }
    Object.assign(node, { entry, layer });
    if (folder) folder.sorted = undefined;
  }

  #link(entry: Entry): void {
    const { path } = pathOf(entry.link ?? '');
    const target = this.#walk(folderOf(path))?.children?.get(lastOf(path));
    if (target?.entry && target.entry !== entry)
      this.sources.set(entry, this.sources.get(target.entry) ?? { entry: target.entry, layer: target.layer });
  }

  // Resolves a path through symlinks within the image, as container runtimes do. With a layer, missing folders are created.
  #walk(path: string, layer?: number): FileNode | undefined {
    const way = [this.tree.root];
    const left = path.split('/').reverse();
    for (let steps = 0, links = 0; left.length > 0; steps++) {
      if (steps > maxSteps) return undefined;
      const segment = left.pop()!;
      const folder = way.at(-1)!;
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        if (way.length > 1) way.pop();
        continue;
      }
      const node = layer === undefined ? folder.children?.get(segment) : this.tree.child(folder, segment, layer);
      if (!node) return undefined;
      const link = node.entry?.type === 'symlink' ? (node.entry.link ?? '') : undefined;
      if (link !== undefined) {
        if (++links > maxLinks) return undefined;
        if (link.startsWith('/')) way.length = 1;
        left.push(...link.split('/', maxSteps).reverse());
        continue;
      }
      if (layer !== undefined && node.entry && node.entry.type !== 'directory') Object.assign(node, { entry: undefined, layer });
      way.push(node);
    }
    return way.at(-1);
  }

  #empty(node: FileNode): void {
    for (const child of node.children?.values() ?? []) {
      this.#empty(child);
      this.tree.remove(node, child.name);
    }
  }
}
