import type { Repository } from '../api/repository.ts';
import type { Descriptor, StoredManifest } from '../oci/types.ts';
import { formatBytes } from '../format/formatters.ts';
import type { Reading } from './bytes/streams.ts';
import type { Entry } from './entry.ts';
import { LayerError } from './layerError.ts';
import { maxCharacters, maxEntries, maxLayers, maxNodes, maxUnasked } from './limits.ts';
import { charactersOf, eachEntry, type ListLimits } from './eachEntry.ts';
import { MergedFileTree } from './mergedFileTree.ts';
import { namesIndex, openLayer, type Layer } from './openLayer.ts';

/** A layer with all its entries. */
export interface ListedLayer {
  layer: Layer;
  entries: Entry[];
  complete: boolean;
}

/** The file system of an image, and its layers, the lowest first. */
export interface ReadImage {
  files: MergedFileTree;
  layers: readonly { descriptor: Descriptor; layer: Layer }[];
  /** Whether it has all entries of all layers. */
  complete: boolean;
}

/** How much of an image must be read to list its files. */
export interface Cost {
  layers: number;
  /** Number of layers with an index. */
  indexed: number;
  /** Size of the other layers in bytes. */
  bytes: number;
  /** Whether it is small enough to read without asking. */
  small: boolean;
}

export function costOf(...images: StoredManifest[]): Cost {
  const layers = new Map(images.flatMap(layersOf).map((layer) => [layer.digest, layer]));
  const whole = [...layers.values()].filter((layer) => !namesIndex(layer));
  const bytes = whole.reduce((sum, { size }) => sum + size, 0);
  return { layers: layers.size, indexed: layers.size - whole.length, bytes, small: bytes < maxUnasked };
}

export const layersOf = (manifest: StoredManifest): Descriptor[] => manifest.document.layers ?? [];

/** Progress of reading. */
export interface ImageProgress {
  /** Number of the current layer, from 1. */
  layer: number;
  layers: number;
  /** Bytes of completed layers and of the current one. */
  bytes: number;
  entries: number;
}

/**
 * Reads the layers one after the other. known is a cache of layers.
 * Without the user's consent little is read of a layer whose declared index is invalid, because any manifest can declare one.
 */
export async function readImage(
  repository: Repository,
  manifest: StoredManifest,
  known: Map<string, ListedLayer>,
  signal: AbortSignal,
  progress: (now: ImageProgress) => void,
  asked: boolean,
): Promise<ReadImage> {
  const descriptors = layersOf(manifest);
  if (descriptors.length > maxLayers)
    throw new LayerError(`The image has ${descriptors.length} layers; the limit of the web UI is ${maxLayers}.`);
  const files = new MergedFileTree();
  const layers: { descriptor: Descriptor; layer: Layer }[] = [];
  let complete = true;
  let before = 0;
  let entries = 0;
  let characters = 0;
  let unindexed = 0;
  for (const [number, descriptor] of descriptors.entries()) {
    const tell = (transferred: number, found: number): void =>
      progress({
        layer: number + 1,
        layers: descriptors.length,
        bytes: before + Math.min(transferred, descriptor.size),
        entries: entries + found,
      });
    tell(0, 0);
    const open = async (): Promise<Layer> => {
      const layer = await openLayer(repository.blob(descriptor), descriptor, signal);
      if (layer.unusedIndex !== undefined) unindexed += descriptor.size;
      if (!asked && unindexed >= maxUnasked)
        throw new LayerError(`${layer.unusedIndex} Without its index, all ${formatBytes(descriptor.size)} of it have to be read.`);
      return layer;
    };
    const limits = { entries: Math.min(maxEntries, maxNodes - entries), characters: maxCharacters - characters };
    const listed =
      known.get(descriptor.digest) ??
      (await listLayer(open, limits, signal, tell).catch((error: unknown) => {
        throw error instanceof LayerError ? new LayerError(`Layer ${number + 1}: ${error.message}`) : error;
      }));
    known.set(descriptor.digest, listed);
    files.apply(listed.entries, number);
    layers.push({ descriptor, layer: listed.layer });
    complete &&= listed.complete;
    before += descriptor.size;
    entries += listed.entries.length;
    characters = listed.entries.reduce((sum, entry) => sum + charactersOf(entry), characters);
  }
  return { files, layers, complete: complete && !files.tree.cut };
}

async function listLayer(
  open: () => Promise<Layer>,
  limits: ListLimits,
  signal: AbortSignal,
  tell: (transferred: number, found: number) => void,
): Promise<ListedLayer> {
  const layer = await open();
  const entries: Entry[] = [];
  const reading: Reading = { signal, progress: (bytes) => tell(bytes, entries.length) };
  const complete = await eachEntry(layer, reading, (entry) => entries.push(entry), limits);
  return { layer, entries, complete };
}
