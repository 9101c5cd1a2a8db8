import type { RemoteRepository } from '../api/remoteRepository.ts';
import { isIndex, isManifest } from '../oci/mediaTypes.ts';
import type { Descriptor, StoredManifest } from '../oci/types.ts';
import { formatPlatform } from '../format/formatters.ts';
import { Semaphore } from '../api/semaphore.ts';
import { blobPath, manifestPath } from '../routing/paths.ts';
import { manifestName, typeName } from '../format/typeName.ts';
import { findAttached, type AttachedArtifact } from '../pages/manifest/findAttached.ts';
import type { ListedTags } from '../pages/manifest/listTags.ts';
import { Graph, members, type Role } from './graph.ts';

/** Limits: nodes that remain distinguishable, fetched manifests, manifests whose referrers are fetched, and concurrent requests. */
const maxNodes = 250;
const maxManifests = 80;
const maxReferrerLookups = 24;
const atOnce = 6;

/** Where a graph begins. */
export interface Root {
  reference: string;
  tag?: string;
}

/** A manifest to draw, and how it was reached. */
interface Pending {
  descriptor: Descriptor;
  label?: string;
  names?: string[];
  /** The node that references it, as a member or as its subject. */
  from?: { digest: string; kind: 'member' | 'subject' };
  /** Its subject, if it was found as a referrer. */
  subject?: string;
}

/** Collects the graph of some manifests level by level: what they reference, and their referrers. */
export async function collectGraph(
  repository: RemoteRepository,
  roots: readonly Root[],
  tags: ListedTags,
  signal: AbortSignal,
): Promise<Graph> {
  const graph = new Graph(maxNodes);
  const semaphore = new Semaphore(atOnce);
  const asked = new Map<string, { manifest?: StoredManifest; attached: AttachedArtifact[] }>();
  const ask = async (digest: string) => {
    const manifest = await semaphore.enter(signal, () => repository.find(digest, signal));
    const look = manifest !== undefined && asked.size <= maxReferrerLookups;
    asked.set(digest, {
      ...(manifest && { manifest }),
      attached: look ? await semaphore.enter(signal, () => findAttached(repository, digest, tags, signal)) : [],
    });
  };

  const found = await Promise.all(
    roots.map(async ({ reference, tag }) => ({ tag, manifest: await semaphore.enter(signal, () => repository.find(reference, signal)) })),
  );
  let level: Pending[] = found.flatMap(({ tag, manifest }) =>
    manifest === undefined
      ? []
      : [
          {
            descriptor: { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length },
            ...(tag !== undefined && { names: [tag] }),
          },
        ],
  );
  while (level.length > 0) {
    const fresh = [...new Set(level.map(({ descriptor }) => descriptor.digest))].filter((digest) => !asked.has(digest));
    const room = fresh.slice(0, Math.max(0, maxManifests - asked.size));
    graph.leftOut += fresh.length - room.length;
    await Promise.all(room.map(ask));
    const open = new Set(room);
    const next: Pending[] = [];
    for (const pending of level) {
      const { digest } = pending.descriptor;
      const { manifest, attached = [] } = asked.get(digest) ?? {};
      if (!graph.add(nodeOf(repository.name, pending, manifest, asked.has(digest)))) continue;
      if (pending.from) graph.link(pending.from.digest, digest, pending.from.kind);
      if (pending.subject) graph.link(digest, pending.subject, 'subject');
      // Several manifests may reference the same one, which is expanded once.
      if (manifest === undefined || !open.delete(digest)) continue;
      next.push(...expand(graph, repository.name, manifest), ...attached.map(({ descriptor }) => ({ descriptor, subject: digest })));
    }
    level = next;
  }
  return graph;
}

function nodeOf(
  repository: string,
  { descriptor, label, names = [], subject }: Pending,
  manifest: StoredManifest | undefined,
  asked: boolean,
) {
  const { digest, mediaType, size, artifactType } = descriptor;
  const refers = subject !== undefined || manifest?.document.subject !== undefined;
  const role: Role =
    asked && manifest === undefined ? 'missing' : refers ? 'referrer' : isIndex(manifest?.mediaType ?? mediaType) ? 'index' : 'manifest';
  const name = label ?? (manifest === undefined ? typeName(mediaType, artifactType) : manifestName(manifest));
  return { digest, role, label: name, names: [...names], size, href: manifestPath(repository, names[0] ?? digest) };
}

/** Adds the blobs that a manifest references, and returns the manifests to visit next. */
function expand(graph: Graph, repository: string, { digest, document }: StoredManifest): Pending[] {
  const next: Pending[] = [];
  for (const { role, descriptor } of members(document)) {
    if (role === 'manifest' && isManifest(descriptor.mediaType)) {
      const { platform } = descriptor;
      next.push({
        descriptor,
        from: { digest, kind: 'member' },
        ...(platform && { label: platform.os === 'unknown' ? 'Attestation' : formatPlatform(platform) }),
      });
      continue;
    }
    const label = role === 'config' ? 'Config' : typeName(descriptor.mediaType);
    const blob = {
      digest: descriptor.digest,
      role: role === 'config' ? 'config' : 'layer',
      label,
      names: [],
      size: descriptor.size,
      href: blobPath(repository, digest, descriptor.digest),
    } as const;
    if (graph.add({ ...blob, names: [] })) graph.link(digest, descriptor.digest, 'member');
  }
  if (document.subject !== undefined) next.push({ descriptor: document.subject, from: { digest, kind: 'subject' } });
  return next;
}
