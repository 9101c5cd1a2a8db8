// URLs of the web UI. Names of repositories contain neither : nor @ and do not begin with _, so URLs are unambiguous.

export const homePath = '/ui/';

/** URL of the usage page: sizes of all repositories, and passes of the garbage collector. */
export const usagePath = '/ui/_usage';

/** URL of a repository: its tags, or another view. */
export const repositoryPath = (name: string, view?: 'graph' | 'deleted' | 'usage'): string =>
  `/ui/${name}${view === undefined ? '' : `?view=${view}`}`;

/** URL of a manifest by tag or digest, optionally with a view. */
export const manifestPath = (name: string, reference: string, view?: 'graph' | 'files' | 'json'): string =>
  `/ui/${name}${reference.includes(':') ? '@' : ':'}${reference}${view === undefined ? '' : `?view=${view}`}`;

/** URL of a blob in a manifest, shown by the media type in its descriptor. */
export const blobPath = (name: string, manifest: string, digest: string): string => `${manifestPath(name, manifest)}?blob=${digest}`;

/** URL of the comparison of two manifests of a repository, each by tag or digest. */
export const comparePath = (name: string, one: string, other: string): string =>
  `${manifestPath(name, one)}?compare=${encodeURIComponent(other)}`;

/** URL of the common graph of some tags of a repository. */
export const graphPath = (name: string, tags: readonly string[]): string =>
  `${repositoryPath(name, 'graph')}${tags.map((tag) => `&tag=${tag}`).join('')}`;
