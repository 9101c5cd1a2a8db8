import type { Descriptor } from '../oci/types.ts';

export type Role = 'index' | 'manifest' | 'referrer' | 'config' | 'layer' | 'missing';

/** A manifest or blob. */
export interface Node {
  digest: string;
  role: Role;
  /** Short label. */
  label: string;
  /** Second label, such as the tags that point to it. */
  names: string[];
  /** In bytes. */
  size: number;
  href: string;
}

/** An edge from a manifest to what it references; a referrer references its subject. */
export interface Edge {
  from: string;
  to: string;
  kind: 'member' | 'subject';
}

/** The Merkle DAG of some manifests, or a part of it: content with the same digest is one node. */
export class Graph {
  readonly nodes = new Map<string, Node>();
  readonly edges: Edge[] = [];
  /** Number of nodes that were omitted because there were too many. */
  leftOut = 0;
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(mostNodes: number) {
    this.#most = mostNodes;
  }

  /** False if the limit is reached. */
  add(node: Node): boolean {
    const known = this.nodes.get(node.digest);
    if (known !== undefined) {
      for (const name of node.names) if (!known.names.includes(name)) known.names.push(name);
      return true;
    }
    if (this.nodes.size >= this.#most) {
      this.leftOut++;
      return false;
    }
    this.nodes.set(node.digest, node);
    return true;
  }

  link(from: string, to: string, kind: Edge['kind']): void {
    const key = `${from} ${to}`;
    if (from === to || this.#known.has(key) || !this.nodes.has(from) || !this.nodes.has(to)) return;
    this.#known.add(key);
    this.edges.push({ from, to, kind });
  }
}

export const members = ({
  config,
  layers = [],
  manifests = [],
}: {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}): { role: 'config' | 'layer' | 'manifest'; descriptor: Descriptor }[] => [
  ...(config ? [{ role: 'config' as const, descriptor: config }] : []),
  ...layers.map((descriptor) => ({ role: 'layer' as const, descriptor })),
  ...manifests.map((descriptor) => ({ role: 'manifest' as const, descriptor })),
];
