import { members, parsed } from '../../oci/untrustedJson.ts';
import { asText, dig } from '../decoding/json.ts';
import { fromBase64, fromPem } from '../decoding/base64.ts';

/**
 * The payload of a cosign signature: https://github.com/containers/image/blob/main/docs/containers-signature.5.md, and what cosign adds to
 * it.
 */
export interface SimpleSigning {
  /** The signed repository name. */
  identity?: string;
  digest?: string;
  type?: string;
  /** Values added by the signer. */
  optional: Record<string, unknown>;
}

export const readSimpleSigning = (payload: unknown): SimpleSigning => ({
  identity: asText(dig(payload, 'critical', 'identity', 'docker-reference')),
  digest: asText(dig(payload, 'critical', 'image', 'docker-manifest-digest')),
  type: asText(dig(payload, 'critical', 'type')),
  optional: members(dig(payload, 'optional')),
});

/** What cosign writes into the annotations of the layer: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md. */
export interface CosignAnnotations {
  signature?: Uint8Array<ArrayBuffer>;
  /** DER, the signer's first. */
  chain: Uint8Array<ArrayBuffer>[];
  logIndex?: string;
  /** Time at which the transparency log integrated the signature; stated by the log, not verified. */
  integratedTime?: Date;
}

export function readCosignAnnotations(annotations: Record<string, string> = {}): CosignAnnotations {
  const signature = annotations['dev.cosignproject.cosign/signature'];
  const log: unknown = parsed(annotations['dev.sigstore.cosign/bundle'] ?? '');
  const seconds = dig(log, 'Payload', 'integratedTime');
  return {
    signature: signature ? fromBase64(signature) : undefined,
    chain: ['certificate', 'chain'].flatMap((name) => fromPem(annotations[`dev.sigstore.cosign/${name}`] ?? '', 'CERTIFICATE')),
    logIndex: asText(dig(log, 'Payload', 'logIndex')),
    integratedTime: typeof seconds === 'number' ? new Date(seconds * 1000) : undefined,
  };
}
