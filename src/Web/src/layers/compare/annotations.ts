import type { StoredManifest } from '../../oci/types.ts';

const maxAnnotations = 1000;

/** The annotations of a manifest, and its types. */
export function annotationsOf({ mediaType, document }: StoredManifest): Map<string, string> {
  const said = new Map([['Media type', mediaType]]);
  if (document.artifactType !== undefined) said.set('Artifact type', document.artifactType);
  if (document.subject) said.set('Subject', document.subject.digest);
  for (const [name, value] of Object.entries(document.annotations ?? {}).slice(0, maxAnnotations)) said.set(name, value);
  return said;
}
