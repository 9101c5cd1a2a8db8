/** What cosign attaches to a manifest by a tag that is named after its digest, where it does not use referrers. */
export const cosignKinds = { sig: 'signature', att: 'attestation', sbom: 'SBOM' } as const;

export type CosignKind = keyof typeof cosignKinds;

/** cosign, "Signature Specification", "Tag-based Discovery": sha256:ab… has its signatures at sha256-ab….sig. */
export const cosignTag = (digest: string, kind: CosignKind): string => `${digest.replace(':', '-')}.${kind}`;

/** The digest and the kind that such a tag is made of; undefined for every other tag. */
export function parseCosignTag(tag: string): { digest: string; kind: CosignKind } | undefined {
  const match = /^(sha256-[0-9a-f]{64})\.(sig|att|sbom)$/.exec(tag);
  return match === null ? undefined : { digest: match[1]!.replace('-', ':'), kind: match[2] as CosignKind };
}

/**
 * Whether a tag only leads to what is attached to a manifest: cosign's, and those of clients that keep lists of referrers by themselves
 * (distribution spec, "Referrers Tag Schema").
 */
export const isAttachedTag = (tag: string): boolean =>
  parseCosignTag(tag) !== undefined || /^sha(256-[0-9a-f]{64}|512-[0-9a-f]{64,128})$/.test(tag);
