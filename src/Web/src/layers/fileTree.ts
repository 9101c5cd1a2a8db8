import type { Entry } from './entry.ts';
import { maxNodes } from './limits.ts';

/** A node in a file tree. Without an entry it is a folder that exists only by its contents. */
export interface FileNode {
  name: string;
  entry?: Entry;
  /** Which layer of an image the entry comes from, counted from 0. */
  layer: number;
  children?: Map<string, FileNode>;
  /** Cached children in display order. */
  sorted?: FileNode[];
}

/** The files of one layer or more by their paths. */
export class FileTree {
  readonly root: FileNode = { name: '', layer: 0, children: new Map() };
  /** How many nodes it has. */
  size = 0;
  /** Whether entries were left out because there are too many. */
  cut = false;

  /** The node of a path, if there is one. */
  find(path: string): FileNode | undefined {
    let node: FileNode | undefined = this.root;
    if (path !== '') for (const segment of path.split('/')) node = node?.children?.get(segment);
    return node;
  }

  /** The node of a path, created with its parents if missing; undefined if there are too many. */
  make(path: string, layer: number): FileNode | undefined {
    let node = this.root;
    if (path === '') return node;
    for (const segment of path.split('/')) {
      const next = this.child(node, segment, layer);
      if (!next) return undefined;
      node = next;
    }
    return node;
  }

  /** A child of a node, created if missing; undefined if there are too many. */
  child(node: FileNode, name: string, layer: number): FileNode | undefined {
    node.children ??= new Map();
    const there = node.children.get(name);
    if (there) return there;
    if (this.size >= maxNodes) {
      this.cut = true;
      return undefined;
    }
    this.size++;
    const made: FileNode = { name, layer };
    node.children.set(name, made);
    node.sorted = undefined;
    return made;
  }

  /** Removes a child that has no children. */
  remove(node: FileNode, name: string): void {
    if (node.children?.delete(name)) this.size--;
    node.sorted = undefined;
  }

  /** Adds an entry; of two with the same path the later one wins. */
  add(entry: Entry, layer = 0): void {
    const node = this.make(entry.path, layer);
    if (node) Object.assign(node, { entry, layer });
  }
}

/** The children of a node: folders first, then by name. */
export function childrenOf(node: FileNode): FileNode[] {
  node.sorted ??= [...(node.children?.values() ?? [])].sort(
    (one, other) => Number(isFolder(other)) - Number(isFolder(one)) || (one.name < other.name ? -1 : 1),
  );
  return node.sorted;
}

/** Whether it has or may have children. */
export const isFolder = (node: FileNode): boolean => node.children !== undefined || node.entry?.type === 'directory';
