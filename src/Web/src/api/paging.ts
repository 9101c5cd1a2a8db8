import { parsed } from '../oci/untrustedJson.ts';
import type { ApiRequest, Client } from './client.ts';

/** Maximum number of pages of a list. */
const maxPages = 10_000;

/** The pages of a list as they arrive. Distribution spec, "Listing Tags": Link with rel=next. */
export async function* pages<T>(client: Client, path: string, ask: ApiRequest, read: (document: unknown) => T): AsyncGenerator<T> {
  let next: string | undefined = path;
  for (let page = 0; next !== undefined && page < maxPages; page++) {
    const response: Response = await client.request(next, ask);
    const following = nextPage(response.headers.get('Link'), next);
    yield read(parsed(await response.text()));
    next = following === next ? undefined : following;
  }
}

/** All items of a list, up to a limit. */
export async function gather<T>(from: AsyncIterable<T[]>, limit: number): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  for await (const page of from) {
    items.push(...page);
    if (items.length > limit) return { items: items.slice(0, limit), more: true };
  }
  return { items, more: false };
}

/** The path of the next page in a Link header (RFC 8288); only paths of the registry's own API are accepted. */
export function nextPage(header: string | null, current: string): string | undefined {
  const origin = globalThis.location?.origin ?? 'http://registry.invalid';
  for (const [, target, parameters] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[^,;"]+(?:"[^"]*")?)*)/g)) {
    if (!/;\s*rel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(parameters!)) continue;
    const address = URL.canParse(target!, origin + current) ? new URL(target!, origin + current) : undefined;
    if (address?.origin === origin && address.pathname.startsWith('/v2/')) return address.pathname + address.search;
  }
  return undefined;
}
