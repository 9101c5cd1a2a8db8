// Untrusted JSON of any shape: read only through these functions and those of oci/untrustedJson.ts.
import { parsed } from '../../oci/untrustedJson.ts';

/** Parses JSON. Throws an Error if the bytes are not JSON. */
export function parseJson(content: Uint8Array | string): unknown {
  const value = parsed(content);
  if (value === undefined) throw new Error('It is not JSON.');
  return value;
}

/** The value if it is an array, otherwise an empty array. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string, number or boolean as text; undefined for anything else and for empty text. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value at a path of names and indexes. */
export function dig(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}
