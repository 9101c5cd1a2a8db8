import { helmConfig, isImageConfig, isIndex } from './mediaTypes.ts';
import { packageUrl } from './purl.ts';
import type { StoredManifest } from './types.ts';

/** A line to copy. */
export interface Command {
  /** What it is for. */
  label: string;
  line: string;
}

/**
 * The lines with which people get, look at and check a manifest. All that stands in them has the grammar of names, tags
 * and digests, or is the host of the page: nothing that a shell would take for something else.
 * @param secure Whether the registry is reached by https; the switches for http are added otherwise.
 */
export function commandsFor(host: string, secure: boolean, name: string, tag: string | undefined, manifest: StoredManifest): Command[] {
  const { digest, mediaType, document } = manifest;
  const [named, pinned] = [`${host}/${name}${tag === undefined ? `@${digest}` : `:${tag}`}`, `${host}/${name}@${digest}`];
  const config = document.config?.mediaType ?? '';
  const withSwitch = (command: string, plain: string, ...rest: string[]) => [command, ...(secure ? [] : [plain]), ...rest].join(' ');
  const image = isImageConfig(config) || (isIndex(mediaType) && document.artifactType === undefined);
  return [
    ...(image ? [{ label: 'Docker', line: `docker pull ${named}` }] : []),
    ...(config === helmConfig && tag !== undefined
      ? // Tags have no plus sign, and Helm writes an underscore in its place.
        [{ label: 'Helm', line: withSwitch('helm pull', '--plain-http', `oci://${host}/${name}`, '--version', tag.replaceAll('_', '+')) }]
      : []),
    ...(image ? [] : [{ label: 'ORAS', line: withSwitch('oras pull', '--plain-http', named) }]),
    { label: 'Manifest', line: withSwitch('crane manifest', '--insecure', named) },
    // Signatures and the like are not signed themselves.
    ...(document.subject !== undefined
      ? []
      : [
          { label: 'Verify with cosign', line: withSwitch('cosign verify', '--allow-http-registry', '--key cosign.pub', pinned) },
          { label: 'Verify with notation', line: withSwitch('notation verify', '--insecure-registry', pinned) },
        ]),
    { label: 'Pinned reference', line: pinned },
    { label: 'Package URL', line: packageUrl({ repository: name, digest, host, ...(tag && { tag }) }) },
  ];
}
