// Tolerant reading of untrusted JSON: malformed values are omitted, and nothing is thrown.

/** The members of an object; empty for anything else. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A size or count: a nonnegative safe integer. */
export const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

export const flag = (value: unknown): boolean => value === true;

/** The elements that could be read; undefined if it is not a list. */
export function list<T>(value: unknown, read: (element: unknown) => T | undefined): T[] | undefined {
  return Array.isArray(value) ? value.map(read).filter((element): element is Awaited<T> & T => element !== undefined) : undefined;
}

/** The members that are strings. Object.fromEntries, because a member may be called __proto__. */
export function texts(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Parses a JSON text; undefined if it is not JSON. */
export function parsed(json: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json));
  } catch {
    return undefined;
  }
}
