// JSON of anyone: has any shape, so all that is read of it goes through these, and what oci/read.ts has.
import { parsed } from '../../oci/untrustedJson.ts';

/** The value, or an Error that says that it is no JSON. */
export function parseJson(content: Uint8Array | string): unknown {
  const value = parsed(content);
  if (value === undefined) throw new Error('It is not JSON.');
  return value;
}

/** An array as it is, anything else as an empty one. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text, a number or a truth value as text; nothing else, and no empty text. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What is found by going down by names and indexes. */
export function dig(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}
