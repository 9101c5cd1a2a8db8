import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'vitest';
import { Client } from '../../src/api/client.ts';
import { RemoteRepository } from '../../src/api/remoteRepository.ts';
import { Session } from '../../src/api/session.ts';
import { collectGraph } from '../../src/graph/collectGraph.ts';
import { layOut, nodeHeight, spread } from '../../src/graph/layout.ts';
import { Graph } from '../../src/graph/graph.ts';

const node = (digest: string) => ({ digest, role: 'layer' as const, label: digest, names: [], size: 1, href: '#' });

function graphOf(edges: [string, string][]): Graph {
  const graph = new Graph(1000);
  for (const end of new Set(edges.flat())) graph.add(node(end));
  for (const [from, to] of edges) graph.link(from, to, 'member');
  return graph;
}

/** A repository of these manifests, with the referrers that their subjects make. */
function repositoryOf() {
  const manifests = new Map<string, string>();
  const tags = new Map<string, string>();
  const push = (document: object, tag?: string) => {
    const text = JSON.stringify(document);
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    manifests.set(digest, text);
    if (tag !== undefined) tags.set(tag, digest);
    return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: text.length };
  };
  let requests = 0;
  const fetcher = async (input: string | URL | Request) => {
    requests++;
    const [, kind, reference] = /^\/v2\/app\/(manifests|referrers)\/(.+)$/.exec(String(input))!;
    if (kind === 'referrers')
      return Response.json({
        manifests: [...manifests]
          .filter(([, text]) => JSON.parse(text).subject?.digest === reference)
          .map(([digest, text]) => ({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: text.length })),
      });
    const text = manifests.get(tags.get(reference!) ?? reference!);
    return text === undefined
      ? Response.json({}, { status: 404 })
      : new Response(text, { headers: { 'Content-Type': JSON.parse(text).mediaType ?? 'application/vnd.oci.image.manifest.v1+json' } });
  };
  const client = new Client(new Session(fetcher), fetcher);
  return { push, repository: new RemoteRepository(client, 'app', new Map()), requests: () => requests };
}

const blob = (name: string, size = 10) => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: `sha256:${createHash('sha256').update(name).digest('hex')}`,
  size,
});
const none = { tags: [], actions: [], cut: false };
const index = 'application/vnd.oci.image.index.v1+json';

test('layers that several tags share are one node', async () => {
  const { push, repository } = repositoryOf();
  push({ layers: [blob('base'), blob('one')] }, 'v1');
  push({ layers: [blob('base'), blob('two')] }, 'v2');
  const graph = await collectGraph(
    repository,
    [
      { reference: 'v1', tag: 'v1' },
      { reference: 'v2', tag: 'v2' },
    ],
    none,
    new AbortController().signal,
  );
  assert.equal(graph.nodes.size, 5);
  assert.equal(graph.edges.filter((edge) => edge.to === blob('base').digest).length, 2);
});

test('referrers are found from their subject, and the subject from a referrer', async () => {
  const { push, repository } = repositoryOf();
  const image = push({ layers: [blob('base')] }, 'v1');
  const signature = push({ layers: [blob('signature')], subject: image });
  for (const reference of ['v1', signature.digest]) {
    const graph = await collectGraph(repository, [{ reference }], none, new AbortController().signal);
    assert.deepEqual(
      graph.edges.filter((edge) => edge.kind === 'subject'),
      [{ from: signature.digest, to: image.digest, kind: 'subject' }],
    );
    assert.equal(graph.nodes.get(signature.digest)!.role, 'referrer');
  }
});

test('what an index names and the registry does not have is drawn as that', async () => {
  const { push, repository } = repositoryOf();
  push({ mediaType: index, manifests: [{ ...blob('gone'), mediaType: 'application/vnd.oci.image.manifest.v1+json' }] }, 'v1');
  const graph = await collectGraph(repository, [{ reference: 'v1' }], none, new AbortController().signal);
  assert.equal(graph.nodes.get(blob('gone').digest)!.role, 'missing');
});

test('a graph that is too large is cut, asks for no more than it draws, and says so', async () => {
  const { push, repository, requests } = repositoryOf();
  push(
    {
      mediaType: index,
      manifests: Array.from({ length: 5000 }, (_, i) => ({
        ...blob(`gone ${i}`),
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
      })),
    },
    'index',
  );
  push({ layers: Array.from({ length: 5000 }, (_, i) => blob(`layer ${i}`)) }, 'image');
  for (const reference of ['index', 'image']) {
    const graph = await collectGraph(repository, [{ reference }], none, new AbortController().signal);
    assert.ok(graph.nodes.size <= 250);
    assert.ok(graph.leftOut >= 4700);
    layOut(graph);
  }
  assert.ok(requests() < 200);
});

test('every edge leads to the right, and no two nodes overlap', () => {
  const edges: [string, string][] = [];
  // Diamonds, long edges and an isolated node, in an order on which the layout must not depend.
  for (let i = 0; i < 60; i++) edges.push([`n${(i * 7) % 20}`, `m${(i * 11) % 30}`], [`m${i % 30}`, `l${(i * 13) % 40}`]);
  edges.push(['n0', 'l1'], ['root', 'n0'], ['root', 'l2']);
  const { nodes, edges: drawn, width, height } = layOut(graphOf(edges));
  for (const { from, to } of drawn) assert.ok(from.x < to.x);
  for (const a of nodes) {
    assert.ok(a.x >= 0 && a.y >= 0 && a.x < width && a.y + nodeHeight <= height + 1e-6);
    for (const b of nodes) if (a !== b && a.x === b.x) assert.ok(Math.abs(a.y - b.y) >= nodeHeight);
  }
});

test('edges of a tree do not cross', () => {
  const edges: [string, string][] = [];
  for (let i = 9; i >= 0; i--) for (let j = 0; j < 3; j++) edges.push(['root', `m${i}`], [`m${i}`, `l${((i * 3 + j) * 7) % 30}`]);
  const { edges: drawn } = layOut(graphOf(edges));
  for (const a of drawn) for (const b of drawn) if (a.from.x === b.from.x && a.from.y < b.from.y) assert.ok(a.to.y < b.to.y);
});

test('a circle, which no digests can make, is drawn all the same', () => {
  assert.equal(
    layOut(
      graphOf([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
      ]),
    ).nodes.length,
    3,
  );
  assert.equal(layOut(new Graph(10)).nodes.length, 0);
});

test('places are spread in order, at a distance, and as near to the wanted ones as can be', () => {
  assert.deepEqual(spread([0, 100, 200], 10), [0, 100, 200]);
  assert.deepEqual(spread([50, 50, 50], 10), [40, 50, 60]);
  assert.deepEqual(spread([100, 0], 10), [45, 55]);
  assert.deepEqual(spread([], 10), []);
});
