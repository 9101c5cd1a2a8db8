import { isDigest, isRepositoryName, isTag } from '../oci/names.ts';

/** A location in the web UI. */
export type Route =
  | { page: 'home' }
  | { page: 'usage' }
  | { page: 'repository'; name: string; query: URLSearchParams }
  | { page: 'manifest'; name: string; reference: string; query: URLSearchParams }
  | { page: 'unknown'; path: string };

/** The route of a URL; see paths.ts. */
export function parseRoute(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const unknown: Route = { page: 'unknown', path: pathname };
  let path: string;
  try {
    path = decodeURIComponent(pathname.replace(/^\/(?:ui(?:\/|$))?/, '').replace(/\/$/, ''));
  } catch {
    return unknown;
  }
  if (path === '') return { page: 'home' };
  if (!pathname.startsWith('/ui/')) return unknown;
  if (path === '_usage') return { page: 'usage' };
  const [, name, mark, reference] = /^([^:@]+)(?:([:@])(.+))?$/s.exec(path) ?? [];
  if (name === undefined || !isRepositoryName(name)) return unknown;
  if (reference === undefined) return { page: 'repository', name, query };
  return (mark === '@' ? isDigest(reference) : isTag(reference)) ? { page: 'manifest', name, reference, query } : unknown;
}

/** Whether a URL belongs to the web UI, not to a file or the API. */
export const isOwnPage = (pathname: string): boolean =>
  pathname === '/' || pathname === '/ui' || (pathname.startsWith('/ui/') && !pathname.startsWith('/ui/_/'));
