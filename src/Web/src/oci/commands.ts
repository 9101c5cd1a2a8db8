import { helmConfig, isImageConfig, isIndex } from './mediaTypes.ts';
import { packageUrl } from './purl.ts';
import type { StoredManifest } from './types.ts';

/** A command to copy. */
export interface Command {
  /** What it is for. */
  label: string;
  line: string;
}

/**
 * Commands that pull, inspect and verify a manifest. They consist of text with the grammar of names, tags
 * and digests, and the host of the page: nothing that a shell interprets.
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
      ? // Tags cannot contain a plus sign; Helm replaces it by an underscore.
        [{ label: 'Helm', line: withSwitch('helm pull', '--plain-http', `oci://${host}/${name}`, '--version', tag.replaceAll('_', '+')) }]
      : []),
    ...(image ? [] : [{ label: 'ORAS', line: withSwitch('oras pull', '--plain-http', named) }]),
    { label: 'Manifest', line: withSwitch('crane manifest', '--insecure', named) },
    // Signatures and attestations are not signed themselves.
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
