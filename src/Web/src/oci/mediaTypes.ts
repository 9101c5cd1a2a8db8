const imageIndex = 'application/vnd.oci.image.index.v1+json';
const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const imageConfig = 'application/vnd.oci.image.config.v1+json';
export const emptyJson = 'application/vnd.oci.empty.v1+json';
export const helmConfig = 'application/vnd.cncf.helm.config.v1+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerConfig = 'application/vnd.docker.container.image.v1+json';

/** Accepted media types: everything, because the web UI shows unknown types as they are. */
export const acceptManifests = [
  imageIndex,
  imageManifest,
  dockerList,
  dockerManifest,
  'application/vnd.oci.artifact.manifest.v1+json',
  '*/*;q=0.1',
].join(', ');

export const isIndex = (mediaType: string): boolean => mediaType === imageIndex || mediaType === dockerList;

/** Whether content of this type is fetched as a manifest, not as a blob. */
export const isManifest = (mediaType: string): boolean =>
  isIndex(mediaType) ||
  mediaType === imageManifest ||
  mediaType === dockerManifest ||
  mediaType === 'application/vnd.oci.artifact.manifest.v1+json';

export const isImageConfig = (mediaType: string): boolean => mediaType === imageConfig || mediaType === dockerConfig;
