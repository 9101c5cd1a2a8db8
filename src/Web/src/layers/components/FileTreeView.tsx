import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../../format/formatters.ts';
import { childrenOf, isFolder, type FileNode } from '../fileTree.ts';
import { FileFacts, FileName } from './FileRow.tsx';

/** What a tree is shown with. */
export interface TreeProps {
  /** Told the path of a file that is chosen. */
  onChoose: (path: string) => void;
  chosen: string | undefined;
  /** What is said of where a file comes from; of folders nothing is, for what is in them comes from many. */
  origin?: (node: FileNode) => ComponentChildren;
}

/** Lines of one folder that are made at once. */
const pageSize = 500;

/** What is in a folder; what is in the folders of it is made when they are opened. */
export function Branch({ node, path, ...props }: { node: FileNode; path: string } & TreeProps) {
  const [shown, setShown] = useState(pageSize);
  const children = childrenOf(node);
  const left = children.length - shown;
  return (
    <ul class="tree">
      {children.slice(0, shown).map((child) => {
        const below = path === '' ? child.name : `${path}/${child.name}`;
        return (
          <li key={child.name}>
            {isFolder(child) ? <Folder node={child} path={below} {...props} /> : <Leaf node={child} path={below} {...props} />}
          </li>
        );
      })}
      {left > 0 && (
        <li>
          <button type="button" onClick={() => setShown(shown + pageSize)}>
            Show {formatCount(Math.min(left, pageSize))} more of {formatCount(left)}
          </button>
        </li>
      )}
    </ul>
  );
}

function Folder({ node, path, ...props }: { node: FileNode; path: string } & TreeProps) {
  const [open, setOpen] = useState(false);
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="file">
        <span>
          <FileName name={`${node.name}/`} entry={node.entry} />
        </span>
        {node.entry && <FileFacts entry={node.entry} />}
      </summary>
      {open && <Branch node={node} path={path} {...props} />}
    </details>
  );
}

/** The line of a file. */
export function Leaf({
  node,
  path,
  name = node.name,
  onChoose,
  chosen,
  origin,
}: { node: FileNode; path: string; name?: string } & TreeProps) {
  return (
    <div class="file">
      <button type="button" class="plain" aria-current={chosen === path ? 'true' : undefined} onClick={() => onChoose(path)}>
        <FileName name={name} entry={node.entry} />
      </button>
      {node.entry && <FileFacts entry={node.entry} origin={origin?.(node)} />}
    </div>
  );
}
