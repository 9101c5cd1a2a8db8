import { childrenOf, type FileNode } from './fileTree.ts';

export interface FoundFile {
  path: string;
  node: FileNode;
}

/** Files and folders whose path contains the text, ignoring case, up to a limit; more states whether there are others. */
export function findFiles(root: FileNode, text: string, limit: number): { found: FoundFile[]; more: boolean } {
  const wanted = text.toLowerCase();
  const found: FoundFile[] = [];
  const left: FoundFile[] = [{ path: '', node: root }];
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.node !== root && next.path.toLowerCase().includes(wanted)) {
      if (found.length >= limit) return { found, more: true };
      found.push(next);
    }
    if (!next.node.children) continue;
    const children = childrenOf(next.node);
    for (let at = children.length - 1; at >= 0; at--) {
      const node = children[at]!;
      left.push({ path: next.path === '' ? node.name : `${next.path}/${node.name}`, node });
    }
  }
  return { found, more: false };
}
