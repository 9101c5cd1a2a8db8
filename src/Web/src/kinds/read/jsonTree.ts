/** Image spec, "Digests": an algorithm and the encoded hash. */
const digest = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,128}$/;

/** Whether a value is a digest in hexadecimal. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && digest.test(value);
}

/** How many values a JSON value consists of; counting ends beyond the limit. */
export function nodesWithin(value: unknown, limit: number): number {
  const waiting: unknown[] = [value];
  let count = 0;
  while (waiting.length > 0 && count <= limit) {
    const next = waiting.pop();
    count++;
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next).slice(0, limit + 1)) waiting.push(inner);
  }
  return count;
}
