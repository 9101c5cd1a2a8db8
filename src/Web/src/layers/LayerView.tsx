import { useCallback } from 'preact/hooks';
import type { Content } from '../api/content.ts';
import type { Descriptor } from '../oci/types.ts';
import { formatCount } from '../format/formatters.ts';
import { namedCompression } from './compression/compression.ts';
import type { FileNode, FileTree } from './fileTree.ts';
import { pathOf } from './entryPaths.ts';
import type { Layer } from './openLayer.ts';
import type { Openable } from './components/FilePanel.tsx';
import { FileBrowser } from './components/FileBrowser.tsx';
import { ReadingProgress } from './components/ReadingProgress.tsx';
import { endOf, useListing } from './hooks/useListing.ts';

const ways: Record<Layer['way'], string> = {
  index: 'The layer has an index, which was read instead of the layer. Each file is read separately.',
  ranges: 'The layer is not compressed: only the headers of its entries are read, and each file separately.',
  stream: 'The whole layer is read to list its files, and read again up to a file to open it.',
};

/** The files of a layer. */
export function LayerView({ content, descriptor }: { content: Content; descriptor: Descriptor }) {
  const { listing, stop } = useListing(content, descriptor);
  const { layer, tree, state, entries } = listing;
  const open = useCallback((node: FileNode) => openable(layer, tree, node), [layer, tree]);
  const named = namedCompression(descriptor.mediaType);
  return (
    <section class="layer" aria-label="Files of the layer">
      {state === 'reading' && (
        <ReadingProgress transferred={listing.transferred} total={content.size} entries={entries} what="the layer" onStop={stop} />
      )}
      {state !== 'reading' && (
        <p role="status">
          {formatCount(entries)} {entries === 1 ? 'entry' : 'entries'}. {endOf(listing)}
        </p>
      )}
      {listing.error && (
        <p role="alert" class="problem">
          The layer could not be read{entries > 0 && ' to its end'}: {listing.error.message}
        </p>
      )}
      {layer && <p class="muted">{ways[layer.way]}</p>}
      {layer?.unusedIndex !== undefined && <p class="problem">Its index was not used: {layer.unusedIndex}</p>}
      {layer && named !== undefined && named !== layer.compression && (
        <p class="problem">
          Its media type says {said[named]}, but it is {said[layer.compression]}.
        </p>
      )}
      {entries > 0 && <FileBrowser tree={tree} open={open} />}
    </section>
  );
}

const said = { none: 'not compressed', gzip: 'compressed with gzip', zstd: 'compressed with zstd' };

function openable(layer: Layer | undefined, tree: FileTree, node: FileNode): Openable {
  const entry = node.entry?.type === 'hardlink' ? tree.find(pathOf(node.entry.link ?? '').path)?.entry : node.entry;
  if (!layer || entry === undefined) return 'Its content is in another layer.';
  if (entry.type === 'sparse file') return 'It is a sparse file: the layer contains only parts of it.';
  if (entry.type !== 'file') return 'It has no content.';
  return { entry, read: (reading) => layer.file(entry, reading) };
}
