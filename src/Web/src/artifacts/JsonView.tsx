import { useMemo, useState } from 'preact/hooks';
import { isDigest } from '../oci/names.ts';
import { formatCount } from '../format/formatters.ts';
import { keysOf, nodesWithin } from './decoding/jsonTree.ts';
import { truncateText, escapeInvisibleInLines } from '../format/invisibleCharacters.ts';

/** The link of a digest, given the media type beside it; undefined for none. */
export type LinkDigest = (digest: string, mediaType?: string) => string | undefined;

/** Small trees are initially expanded, large ones only at the top. */
const openNodes = 400;
const entriesAtOnce = 100;
/** Maximum nesting that is shown, because each level is rendered within the one above. */
const deepest = 100;
/** Longer texts and names are cut. In UTF-16 code units. */
const longestText = 20_000;
const longestName = 1000;

/** A JSON value as a tree. Digests become links if linkDigest returns one. */
export function JsonView({ value, linkDigest }: { value: unknown; linkDigest?: LinkDigest }) {
  const openTo = useMemo(() => (nodesWithin(value, openNodes) <= openNodes ? 10 : 1), [value]);
  return (
    <div class="json">
      <Node value={value} depth={0} openTo={openTo} linkDigest={linkDigest} />
    </div>
  );
}

interface NodeProps {
  value: unknown;
  name?: string;
  depth: number;
  /** Levels that are initially expanded. */
  openTo: number;
  /** Where this value leads. */
  href?: string;
  linkDigest?: LinkDigest;
}

function Node(props: NodeProps) {
  const { value, name } = props;
  if (typeof value === 'object' && value !== null && !isEmpty(value)) return <Branch {...props} value={value} />;
  return (
    <div class="json-leaf">
      {name !== undefined && <Name of={name} />}
      <Leaf value={value} href={props.href} />
    </div>
  );
}

function Branch({ value, name, depth, openTo, linkDigest }: NodeProps & { value: object }) {
  const [open, setOpen] = useState(depth < openTo);
  const [shown, setShown] = useState(entriesAtOnce);
  const isList = Array.isArray(value);
  const { keys, count } = useMemo(() => keysOf(value, shown), [value, shown]);
  const entry = (key: string): unknown => (value as Record<string, unknown>)[key];
  const digest = Object.hasOwn(value, 'digest') ? entry('digest') : undefined;
  const mediaType = Object.hasOwn(value, 'mediaType') ? entry('mediaType') : undefined;
  const hrefOf = (key: string): string | undefined => {
    const content = entry(key);
    if (linkDigest === undefined || typeof content !== 'string') return undefined;
    if (key === 'mediaType' && typeof digest === 'string' && isDigest(digest)) return linkDigest(digest, content);
    return isDigest(content) ? linkDigest(content, typeof mediaType === 'string' && key === 'digest' ? mediaType : undefined) : undefined;
  };
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {name !== undefined && <Name of={name} />}
        <span class="muted">{isList ? `[${formatCount(count)}]` : `{${formatCount(count)}}`}</span>
      </summary>
      {open &&
        (depth >= deepest ? (
          <p class="muted">Deeper levels are not shown.</p>
        ) : (
          <div class="json-entries">
            {keys.map((key) => (
              <Node key={key} name={key} value={entry(key)} depth={depth + 1} openTo={openTo} href={hrefOf(key)} linkDigest={linkDigest} />
            ))}
            {count > shown && (
              <button type="button" onClick={() => setShown(shown + entriesAtOnce)}>
                Show more of {formatCount(count)}
              </button>
            )}
          </div>
        ))}
    </details>
  );
}

const isEmpty = (value: object): boolean => (Array.isArray(value) ? value.length : Object.keys(value).length) === 0;

const Name = ({ of }: { of: string }) => <span class="json-name">{truncateText(of, longestName)}: </span>;

function Leaf({ value, href }: { value: unknown; href?: string }) {
  const isLong = typeof value === 'string' && value.length > longestText;
  const text = escapeInvisibleInLines(typeof value === 'string' ? value.slice(0, longestText) : (JSON.stringify(value) ?? String(value)));
  const kind = value === null ? 'null' : typeof value;
  const shown = (
    <span class={`json-${kind}`}>
      {text === '' ? '""' : text}
      {isLong && ' … (cut)'}
    </span>
  );
  return href === undefined ? shown : <a href={href}>{shown}</a>;
}
