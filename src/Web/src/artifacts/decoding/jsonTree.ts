/** Number of values in a JSON value. Counting stops beyond the limit. */
export function nodesWithin(value: unknown, limit: number): number {
  const waiting: unknown[] = [value];
  let count = 0;
  while (waiting.length > 0 && count <= limit) {
    const next = waiting.pop();
    count++;
    if (Array.isArray(next)) waiting.push(...(next as unknown[]).slice(0, limit + 1));
    else if (typeof next === 'object' && next !== null) waiting.push(...Object.values(next as Record<string, unknown>).slice(0, limit + 1));
  }
  return count;
}

/** The first keys of an object or indexes of an array, and their total number. Does not create keys for a long array. */
export function keysOf(value: object, limit: number): { keys: string[]; count: number } {
  if (Array.isArray(value))
    return { keys: Array.from({ length: Math.min(value.length, limit) }, (_, index) => String(index)), count: value.length };
  const keys = Object.keys(value);
  return { keys: keys.slice(0, limit), count: keys.length };
}
