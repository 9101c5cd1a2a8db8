import { useId, useRef, useState } from 'preact/hooks';
import { isFolder, type FileNode, type FileTree } from '../fileTree.ts';
import { findFiles } from '../findFiles.ts';
import { FilePanel, type Openable } from './FilePanel.tsx';
import { Branch, Leaf, type TreeProps } from './FileTreeView.tsx';

const maxFound = 500;

/** A file tree with a filter, beside the opened file. */
export function FileBrowser({ tree, open, origin }: { tree: FileTree; open: (node: FileNode) => Openable } & Pick<TreeProps, 'origin'>) {
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState<string>();
  const id = useId();
  const opener = useRef<Element | null>(null);
  const choose = (path: string): void => {
    opener.current = document.activeElement;
    setChosen(path);
  };
  const close = (): void => {
    setChosen(undefined);
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  const props: TreeProps = { onChoose: choose, chosen, ...(origin && { origin }) };
  const node = chosen === undefined ? undefined : tree.find(chosen);
  return (
    <div class="split files">
      <div>
        <p class="tools">
          <label for={id}>Filter by name</label>
          <input id={id} type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </p>
        {wanted === '' ? <Branch node={tree.root} path="" {...props} /> : <Found tree={tree} wanted={wanted} {...props} />}
      </div>
      {chosen !== undefined && node?.entry && (
        <FilePanel key={chosen} path={chosen} entry={node.entry} openable={open(node)} onClose={close} />
      )}
    </div>
  );
}

function Found({ tree, wanted, ...props }: { tree: FileTree; wanted: string } & TreeProps) {
  const { found, more } = findFiles(tree.root, wanted, maxFound);
  return (
    <>
      <p role="status">{found.length === 0 ? 'No name matches.' : more ? `The first ${maxFound} are shown.` : `${found.length} found.`}</p>
      <ul class="tree">
        {found.map(({ path, node }) => (
          <li key={path}>
            <Leaf node={node} path={path} name={isFolder(node) ? `${path}/` : path} {...props} />
          </li>
        ))}
      </ul>
    </>
  );
}
