/** Distribution spec, "Pulling manifests": the grammar of a repository's name, and the length beyond which clients break. */
const repositoryName = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagName = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const digests = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export const isRepositoryName = (name: string): boolean => name.length <= 255 && repositoryName.test(name);

export const isTag = (tag: string): boolean => tagName.test(tag);

/** A digest of a supported algorithm, which needs no escaping in a URL. */
export const isDigest = (digest: string): boolean => digests.test(digest);
