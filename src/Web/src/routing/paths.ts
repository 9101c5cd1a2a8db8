// The addresses of the pages. Names of repositories hold neither : nor @ nor begin with _, so nothing is ambiguous.

export const homePath = '/ui/';

/** Of what an owner wants to know: sizes of all repositories, and the collector's passes. */
export const usagePath = '/ui/_usage';

/** Of a repository: its tags; or one of the other views of its page. */
export const repositoryPath = (name: string, view?: 'graph' | 'deleted' | 'usage'): string =>
  `/ui/${name}${view === undefined ? '' : `?view=${view}`}`;

/** Of a manifest, by tag or digest; with one of the views of its page. */
export const manifestPath = (name: string, reference: string, view?: 'graph' | 'files' | 'json'): string =>
  `/ui/${name}${reference.includes(':') ? '@' : ':'}${reference}${view === undefined ? '' : `?view=${view}`}`;

/** Of a blob as the descriptor in a manifest names it: opened as what its media type says. */
export const blobPath = (name: string, manifest: string, digest: string): string => `${manifestPath(name, manifest)}?blob=${digest}`;

/** Of the comparison of two manifests of a repository, each by tag or digest. */
export const comparePath = (name: string, one: string, other: string): string =>
  `${manifestPath(name, one)}?compare=${encodeURIComponent(other)}`;

/** Of the graph of some tags of a repository together. */
export const graphPath = (name: string, tags: readonly string[]): string =>
  `${repositoryPath(name, 'graph')}${tags.map((tag) => `&tag=${tag}`).join('')}`;
