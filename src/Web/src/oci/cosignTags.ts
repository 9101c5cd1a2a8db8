/** Tags by which cosign attaches content to a manifest without the referrers API. */
export const cosignKinds = { sig: 'signature', att: 'attestation', sbom: 'SBOM' } as const;

export type CosignKind = keyof typeof cosignKinds;

/** cosign, "Signature Specification", "Tag-based Discovery": sha256:ab… has its signatures at sha256-ab….sig. */
export const cosignTag = (digest: string, kind: CosignKind): string => `${digest.replace(':', '-')}.${kind}`;

/** The digest and kind in such a tag; undefined for other tags. */
export function parseCosignTag(tag: string): { digest: string; kind: CosignKind } | undefined {
  const match = /^(sha256-[0-9a-f]{64})\.(sig|att|sbom)$/.exec(tag);
  return match === null ? undefined : { digest: match[1]!.replace('-', ':'), kind: match[2] as CosignKind };
}

/**
 * Whether a tag only attaches content to a manifest: cosign's tags, and the fallback tags of clients that maintain lists of referrers
 * (distribution spec, "Referrers Tag Schema").
 */
export const isAttachedTag = (tag: string): boolean =>
  parseCosignTag(tag) !== undefined || /^sha(256-[0-9a-f]{64}|512-[0-9a-f]{64,128})$/.test(tag);
