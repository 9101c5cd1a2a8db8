// Order of tags as versions: Semantic Versioning 2.0.0, section 11, with common deviations: missing parts and prefixes.

interface Version {
  numbers: bigint[];
  /** Identifiers of the pre-release; none for a release. */
  before: string[];
}

/** Undefined if a tag does not begin like a version. Both 1.2 and v1 do, and 3.19-alpine is read as a pre-release of 3.19. */
function parse(tag: string): Version | undefined {
  const match = /^[vV]?(\d{1,20}(?:\.\d{1,20}){0,9})(?:[-_.]([0-9A-Za-z._-]+))?$/.exec(tag);
  if (match === null) return undefined;
  return { numbers: match[1]!.split('.').map(BigInt), before: match[2]?.split(/[.\-_]/) ?? [] };
}

/** Newest versions first; other tags follow by name. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  if (a === undefined || b === undefined) return a === b ? compareTexts(one, other) : a === undefined ? 1 : -1;
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i++) {
    const [x, y] = [a.numbers[i] ?? -1n, b.numbers[i] ?? -1n];
    if (x !== y && !(x <= 0n && y <= 0n)) return x < y ? 1 : -1;
  }
  if (a.before.length === 0 || b.before.length === 0) return a.before.length - b.before.length || compareTexts(one, other);
  for (let i = 0; i < Math.max(a.before.length, b.before.length); i++) {
    const order = compareIdentifiers(a.before[i], b.before[i]);
    if (order !== 0) return -order;
  }
  return compareTexts(one, other);
}

/** Numbers before words, and fewer identifiers before more of them. */
function compareIdentifiers(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? -1 : 1;
  const [a, b] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (a && b) return BigInt(one) < BigInt(other) ? -1 : BigInt(one) > BigInt(other) ? 1 : 0;
  return a !== b ? (a ? -1 : 1) : compareTexts(one, other);
}

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
