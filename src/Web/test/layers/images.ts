import { gzipSync } from 'node:zlib';
import type { Repository } from '../../src/api/repository.ts';
import type { Entry, EntryType } from '../../src/layers/entry.ts';
import { pathOf } from '../../src/layers/entryPaths.ts';
import { childrenOf, type FileNode } from '../../src/layers/fileTree.ts';
import { MergedFileTree } from '../../src/layers/mergedFileTree.ts';
import { readImage, type ListedLayer, type ReadImage } from '../../src/layers/readImage.ts';
import type { Descriptor, StoredManifest } from '../../src/oci/types.ts';
import { MemoryBlob } from './fixtures.ts';
import { plainTar, type Files } from './indexed.ts';

/** An entry from its name: a/ is a folder, a -> b a symlink, a = b a hard link. */
export function entry(text: string, size = 1, fields: Partial<Entry> = {}): Entry {
  const [name, arrow, link] = text.split(/ (->|=) /);
  const type: EntryType = arrow === '->' ? 'symlink' : arrow === '=' ? 'hardlink' : name!.endsWith('/') ? 'directory' : 'file';
  return {
    ...pathOf(name!),
    type,
    size,
    mode: 0o644,
    uid: 0,
    gid: 0,
    ...(link !== undefined && { link }),
    place: { start: 0, skip: 0 },
    ...fields,
  };
}

/** Stacks layers of entries, the lowest first. */
export function merged(...layers: string[][]): MergedFileTree {
  const files = new MergedFileTree();
  for (const [number, names] of layers.entries())
    files.apply(
      names.map((name) => entry(name, number + 1)),
      number,
    );
  return files;
}

/** Paths with the number of the layer they come from. */
export function flat(node: FileNode, path = ''): string[] {
  return childrenOf(node).flatMap((child) => [
    `${path}${child.name}${child.entry?.type === 'directory' || !child.entry ? '/' : ''} ${child.layer}`,
    ...flat(child, `${path}${child.name}/`),
  ]);
}

/** A repository in memory with images, which counts opened blobs. */
export class MemoryRepository implements Repository {
  readonly name = 'test';
  readonly blobs = new Map<string, MemoryBlob>();
  opened = 0;

  async manifest(): Promise<StoredManifest> {
    throw new Error('There is none.');
  }

  async referrers(): Promise<Descriptor[]> {
    return [];
  }

  blob({ digest }: { digest: string }): MemoryBlob {
    this.opened++;
    return this.blobs.get(digest)!;
  }

  image(...layers: (Files | Buffer)[]): StoredManifest {
    const descriptors = layers.map((files): Descriptor => {
      const blob = new MemoryBlob(Buffer.isBuffer(files) ? files : gzipSync(plainTar(files)));
      this.blobs.set(blob.digest, blob);
      return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: blob.digest, size: blob.size };
    });
    return { digest: `sha256:${this.blobs.size}`, mediaType: 'x', bytes: new Uint8Array(0), document: { layers: descriptors } };
  }
}

export const read = (repository: Repository, manifest: StoredManifest, known = new Map<string, ListedLayer>()): Promise<ReadImage> =>
  readImage(repository, manifest, known, new AbortController().signal, () => undefined, false);
