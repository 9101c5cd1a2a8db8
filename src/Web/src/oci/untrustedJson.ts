// JSON of others, read value by value: what has another type than it should have is left out, and nothing is thrown.

/** An object's members; none for anything else. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A size or a number of things: whole, not negative, and exact. */
export const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

export const flag = (value: unknown): boolean => value === true;

/** The elements that could be read; undefined where there is no list. */
export function list<T>(value: unknown, read: (element: unknown) => T | undefined): T[] | undefined {
  return Array.isArray(value) ? value.map(read).filter((element): element is Awaited<T> & T => element !== undefined) : undefined;
}

/** The members that are texts. Object.fromEntries, since a member may be called __proto__. */
export function texts(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The value that a text holds; undefined where it is no JSON. */
export function parsed(json: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json));
  } catch {
    return undefined;
  }
}
