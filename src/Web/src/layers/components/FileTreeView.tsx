import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../../format/formatters.ts';
import { childrenOf, isFolder, type FileNode } from '../fileTree.ts';
import { FileFacts, FileName } from './FileRow.tsx';

/** Props of a file tree. */
export interface TreeProps {
  /** Called with the path of the selected file. */
  onChoose: (path: string) => void;
  chosen: string | undefined;
  /** Renders the origin of a file; not shown for folders, whose content may come from many layers. */
  origin?: (node: FileNode) => ComponentChildren;
}

/** Rows of one folder that are rendered at once. */
const pageSize = 500;

/** The content of a folder; subfolders are rendered when they are opened. */
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

/** The row of a file. */
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
