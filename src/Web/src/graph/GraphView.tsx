import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { formatBytes, formatCount, shortDigest } from '../format/formatters.ts';
import { layOut, nodeHeight, nodeWidth, type Placed } from './layout.ts';
import type { Graph, Role } from './graph.ts';

/** Characters that fit into a node. */
const fits = 26;

const roles: Record<Role, string> = {
  index: 'Index',
  manifest: 'Manifest',
  referrer: 'Referrer',
  config: 'Config',
  layer: 'Layer',
  missing: 'Missing',
};

/** The drawing of a graph. Bars are to scale: the longest is the largest node's. */
export function GraphView({ graph }: { graph: Graph }) {
  const { nodes, edges, width, height } = useMemo(() => layOut(graph), [graph]);
  const most = Math.max(1, ...nodes.map((node) => node.size));
  const region = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // Scrolls to the first node, which is not always at the top.
    const first = nodes.filter((node) => node.names.length > 0).sort((a, b) => a.y - b.y)[0];
    if (first !== undefined) region.current!.scrollTo(first.x - 2 * nodeWidth, first.y - region.current!.clientHeight / 3);
  }, [nodes]);
  const shown = new Set(nodes.map((node) => node.role));
  return (
    <figure class="graph">
      <figcaption>
        <ul class="legend">
          {(Object.keys(roles) as Role[])
            .filter((role) => shown.has(role))
            .map((role) => (
              <li key={role} class={role}>
                {roles[role]}
              </li>
            ))}
          {edges.some(({ edge }) => edge.kind === 'subject') && <li class="subject">refers to its subject</li>}
        </ul>
        <p class="muted">Bars are to scale: the longest is {formatBytes(most)}. Content that several reference is drawn once.</p>
        {graph.leftOut > 0 && (
          <p class="warning" role="status">
            {formatCount(graph.leftOut)} more were left out: the graph would be too large to read.
          </p>
        )}
      </figcaption>
      <div class="scroll" ref={region} role="region" aria-label="Graph" tabIndex={0}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="group"
          aria-label={`${formatCount(nodes.length)} manifests and blobs with ${formatCount(edges.length)} references between them`}
        >
          <g aria-hidden="true">
            {edges.map(({ edge, from, to }) => (
              <path key={`${edge.from} ${edge.to}`} class={`edge ${edge.kind}`} d={curve(from, to)} />
            ))}
          </g>
          {nodes.map((node) => (
            <NodeView key={node.digest} node={node} part={node.size / most} />
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** The accessible name is the visible label; the full name is the tooltip. */
function NodeView({ node, part }: { node: Placed; part: number }) {
  const inner = nodeWidth - 16;
  const name = node.names.length > 0 ? node.names.join(', ') : node.label;
  const below = `${node.names.length > 0 ? `${node.label} ` : ''}${shortDigest(node.digest).slice(-12)}`;
  const size = formatBytes(node.size);
  return (
    <a href={node.href} class={`node ${node.role}`}>
      <rect
        class="box"
        x={node.x}
        y={node.y}
        width={nodeWidth}
        height={nodeHeight}
        rx={node.role === 'layer' || node.role === 'config' ? 2 : 10}
      >
        <title>{`${roles[node.role]}: ${name}\n${node.label}\n${node.digest}\n${size}`}</title>
      </rect>
      {/* The inner SVG clips labels that are too long. */}
      <svg x={node.x + 8} y={node.y} width={inner} height={nodeHeight}>
        <text y="17">{cut(name, fits)}</text>
        <text class="small" y="32">
          {cut(below, fits - size.length)}
        </text>
        <text class="small end" x={inner} y="32">
          {size}
        </text>
        <rect class="size" y={nodeHeight - 9} width={Math.max(1, part * inner).toFixed(1)} height="4" />
      </svg>
    </a>
  );
}

const cut = (text: string, most: number): string => ([...text].length > most ? `${[...text].slice(0, most - 1).join('')}…` : text);

/** From the side of one node to the side of the other. */
function curve(from: Placed, to: Placed): string {
  const [x1, y1, x2, y2] = [from.x + nodeWidth, from.y + nodeHeight / 2, to.x, to.y + nodeHeight / 2];
  const bend = Math.max(24, Math.abs(x2 - x1) / 2);
  return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}
