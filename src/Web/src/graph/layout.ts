import type { Edge, Graph, Node } from './graph.ts';

/** A node with its place: the left upper corner, in the units of the drawing. */
export interface Placed extends Node {
  x: number;
  y: number;
}

export interface Layout {
  nodes: Placed[];
  edges: { edge: Edge; from: Placed; to: Placed }[];
  width: number;
  height: number;
}

export const nodeWidth = 190;
export const nodeHeight = 46;
const [columnGap, rowGap, margin, sweeps] = [70, 12, 4, 6];

/**
 * A layered drawing from left to right: the column of a node is the length of the longest path to it, and within a column
 * nodes are sorted by the mean position of their neighbors (Sugiyama's method with barycenters), so that few edges cross.
 */
export function layOut(graph: Graph): Layout {
  const edges = graph.edges;
  const columns = columnsOf(graph);
  const rows = new Map<string, number>();
  for (const column of columns) for (const [row, node] of column.entries()) rows.set(node.digest, row);
  const [before, after] = [neighbors(edges, 'to', 'from'), neighbors(edges, 'from', 'to')];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      const mean = new Map(column.map((node) => [node.digest, barycenter(node, forward ? before : after, rows)]));
      column.sort((a, b) => mean.get(a.digest)! - mean.get(b.digest)! || rows.get(a.digest)! - rows.get(b.digest)!);
      for (const [row, node] of column.entries()) rows.set(node.digest, row);
    }
  }
  const tops = topsOf(columns, before, after);
  const placed = new Map<string, Placed>();
  for (const [i, column] of columns.entries())
    for (const node of column)
      placed.set(node.digest, { ...node, x: margin + i * (nodeWidth + columnGap), y: margin + tops.get(node.digest)! });
  return {
    nodes: [...placed.values()],
    edges: edges.map((edge) => ({ edge, from: placed.get(edge.from)!, to: placed.get(edge.to)! })),
    width: 2 * margin + columns.length * nodeWidth + Math.max(0, columns.length - 1) * columnGap,
    height: 2 * margin + nodeHeight + Math.max(0, ...tops.values()),
  };
}

/** Heights of nodes, from 0: near their neighbors, in the order of their column. */
function topsOf(
  columns: readonly Node[][],
  before: ReadonlyMap<string, string[]>,
  after: ReadonlyMap<string, string[]>,
): Map<string, number> {
  const step = nodeHeight + rowGap;
  const tops = new Map<string, number>();
  for (const column of columns) for (const [row, node] of column.entries()) tops.set(node.digest, (row - column.length / 2) * step);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const column of sweep % 2 === 0 ? [...columns].reverse() : columns) {
      const wanted = column.map((node) => barycenter(node, sweep % 2 === 0 ? after : before, tops));
      for (const [row, top] of spread(wanted, step).entries()) tops.set(column[row]!.digest, top);
    }
  }
  const highest = Math.min(...tops.values());
  return new Map([...tops].map(([digest, top]) => [digest, top - highest]));
}

/** The places nearest to the wanted ones (in the sum of squares) that keep their order and a distance: pools of adjacent violators. */
export function spread(wanted: readonly number[], step: number): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const [i, place] of wanted.entries()) {
    let pool = { sum: place - i * step, count: 1 };
    for (
      let last = pools[pools.length - 1];
      last !== undefined && last.sum / last.count >= pool.sum / pool.count;
      last = pools[pools.length - 1]
    ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap((pool) => new Array<number>(pool.count).fill(pool.sum / pool.count)).map((place, i) => place + i * step);
}

/** Longest paths by Kahn's algorithm. Digests make cycles impossible; nodes in one would stay in the first column. */
function columnsOf(graph: Graph): Node[][] {
  const after = neighbors(graph.edges, 'from', 'to');
  const before = neighbors(graph.edges, 'to', 'from');
  const waiting = new Map([...graph.nodes.keys()].map((digest) => [digest, before.get(digest)?.length ?? 0]));
  const depth = new Map([...graph.nodes.keys()].map((digest) => [digest, 0]));
  const ready = [...waiting].filter(([, count]) => count === 0).map(([digest]) => digest);
  for (let at = 0; at < ready.length; at++) {
    for (const next of after.get(ready[at]!) ?? []) {
      depth.set(next, Math.max(depth.get(next)!, depth.get(ready[at]!)! + 1));
      waiting.set(next, waiting.get(next)! - 1);
      if (waiting.get(next) === 0) ready.push(next);
    }
  }
  // Nodes without incoming edges are placed directly before their first target, not at the far left.
  for (const digest of ready) {
    const nexts = after.get(digest) ?? [];
    if ((before.get(digest)?.length ?? 0) === 0 && nexts.length > 0)
      depth.set(digest, Math.min(...nexts.map((next) => depth.get(next)!)) - 1);
  }
  const columns: Node[][] = [];
  for (const [digest, node] of graph.nodes) (columns[Math.max(0, depth.get(digest)!)] ??= []).push(node);
  return Array.from(columns, (column) => column ?? []).filter((column) => column.length > 0);
}

function neighbors(edges: readonly Edge[], of: 'from' | 'to', are: 'from' | 'to'): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const edge of edges) {
    const list = all.get(edge[of]);
    if (list === undefined) all.set(edge[of], [edge[are]]);
    else list.push(edge[are]);
  }
  return all;
}

function barycenter(node: Node, neighborsOf: ReadonlyMap<string, string[]>, places: ReadonlyMap<string, number>): number {
  const near = neighborsOf.get(node.digest) ?? [];
  return near.length === 0 ? places.get(node.digest)! : near.reduce((sum, digest) => sum + places.get(digest)!, 0) / near.length;
}
