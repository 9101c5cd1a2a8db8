/** Parts of a package URL of type oci. */
export interface OciPackage {
  /** The repository, without the registry's host. */
  repository: string;
  digest: string;
  /** The registry's host, with its port if it has one. */
  host?: string;
  tag?: string;
  /** Architecture, for an image of a single platform. */
  arch?: string;
}

/**
 * Package-URL specification, type "oci": the name is the last part of the repository in lower case, the digest is the
 * version, and the whole repository is in a qualifier. Qualifiers are sorted by their names.
 */
export function packageUrl({ repository, digest, host, tag, arch }: OciPackage): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase();
  const address = host === undefined ? undefined : `${host}/${repository}`;
  const qualifiers: [string, string | undefined][] = [
    ['arch', arch],
    ['repository_url', address],
    ['tag', tag],
  ];
  const query = qualifiers
    .filter(([, value]) => value)
    .map(([key, value]) => `${key}=${encode(value!)}`)
    .join('&');
  return `pkg:oci/${encode(name)}@${encode(digest)}${query === '' ? '' : `?${query}`}`;
}

/** Package-URL specification, "Character encoding": letters, digits, . - _ ~ and : are not encoded, everything else is. */
function encode(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}
