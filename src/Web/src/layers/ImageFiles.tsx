import { useCallback, useMemo } from 'preact/hooks';
import type { ViewerProps } from '../artifacts/types.ts';
import { formatCount, shortDigest } from '../format/formatters.ts';
import { blobPath } from '../routing/paths.ts';
import type { FileNode } from './fileTree.ts';
import { costOf, readImage, type ReadImage } from './readImage.ts';
import type { Openable } from './components/FilePanel.tsx';
import { FileBrowser } from './components/FileBrowser.tsx';
import { ReadOnDemand } from './components/ReadOnDemand.tsx';
import { useReading } from './hooks/useReading.ts';

/** The merged file system of the layers of an image, with the layer of each file. */
export function ImageFiles({ repository, manifest }: ViewerProps) {
  const cost = useMemo(() => costOf(manifest), [manifest]);
  const reading = useReading<ReadImage, Parameters<Parameters<typeof readImage>[4]>[0]>(
    (signal, progress, asked) => readImage(repository, manifest, new Map(), signal, progress, asked),
    cost.small,
    [repository.name, manifest.digest],
  );
  return (
    <section aria-labelledby="files">
      <h2 id="files">Files</h2>
      <ReadOnDemand task={reading} cost={cost} action="Read the layers">
        {(image) => <Merged image={image} repository={repository.name} manifest={manifest.digest} />}
      </ReadOnDemand>
    </section>
  );
}

function Merged({ image, repository, manifest }: { image: ReadImage; repository: string; manifest: string }) {
  const { files, layers, complete } = image;
  const open = useCallback((node: FileNode) => openable(image, node), [image]);
  const origin = (node: FileNode) => {
    const digest = layers[node.layer]?.descriptor.digest;
    return (
      digest !== undefined && (
        <a
          class="file-layer"
          href={blobPath(repository, manifest, digest)}
          title={shortDigest(digest)}
          aria-label={`from layer ${node.layer + 1}`}
        >
          layer {node.layer + 1}
        </a>
      )
    );
  };
  return (
    <>
      <p role="status">
        {formatCount(files.tree.size)} files and folders of {formatCount(layers.length)} {layers.length === 1 ? 'layer' : 'layers'}.
      </p>
      {!complete && <p class="problem">The list is incomplete: there are more entries than the web UI lists.</p>}
      <FileBrowser tree={files.tree} open={open} origin={origin} />
    </>
  );
}

function openable({ files, layers }: ReadImage, node: FileNode): Openable {
  const source = node.entry?.type === 'hardlink' ? files.sources.get(node.entry) : node.entry && { entry: node.entry, layer: node.layer };
  const layer = source && layers[source.layer]?.layer;
  if (!source || !layer) return 'The file that it links to does not exist.';
  if (source.entry.type === 'sparse file') return 'It is a sparse file: the layer contains only parts of it.';
  if (source.entry.type !== 'file') return 'It has no content.';
  return { entry: source.entry, read: (reading) => layer.file(source.entry, reading) };
}
