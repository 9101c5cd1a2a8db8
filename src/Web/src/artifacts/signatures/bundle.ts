import { fromBase64 } from '../decoding/base64.ts';
import { asList, asText, dig } from '../decoding/json.ts';
import { toHex } from '../decoding/hex.ts';
import { readEnvelope, type Envelope } from './dsse.ts';

/** A Sigstore bundle: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto, as JSON. */
export interface Bundle {
  mediaType?: string;
  /** DER, the signer's first; empty if it was made with a key. */
  chain: Uint8Array<ArrayBuffer>[];
  /** Key hint, agreed between signer and verifier. */
  keyHint?: string;
  logIndex?: string;
  /** Stated by the log; not verified. */
  integratedTime?: Date;
  /** How many signed timestamps are included. */
  timestamps: number;
  envelope?: Envelope;
  message?: { algorithm?: string; digest?: string; signature: Uint8Array<ArrayBuffer> };
}

const mostCertificates = 20;

export function readBundle(value: unknown): Bundle {
  const material = dig(value, 'verificationMaterial');
  const certificates = [dig(material, 'certificate'), ...asList(dig(material, 'x509CertificateChain', 'certificates'))];
  const entry = dig(material, 'tlogEntries', 0);
  const seconds = Number(dig(entry, 'integratedTime') ?? NaN);
  const message = dig(value, 'messageSignature');
  return {
    mediaType: asText(dig(value, 'mediaType')),
    chain: certificates
      .map((certificate) => asText(dig(certificate, 'rawBytes')))
      .filter((raw) => raw !== undefined)
      .slice(0, mostCertificates)
      .map(fromBase64),
    keyHint: asText(dig(material, 'publicKey', 'hint')),
    logIndex: asText(dig(entry, 'logIndex')),
    integratedTime: seconds > 0 ? new Date(seconds * 1000) : undefined,
    timestamps: asList(dig(material, 'timestampVerificationData', 'rfc3161Timestamps')).length,
    envelope: readEnvelope(dig(value, 'dsseEnvelope')),
    message:
      message === undefined
        ? undefined
        : {
            algorithm: asText(dig(message, 'messageDigest', 'algorithm')),
            digest: hexOf(asText(dig(message, 'messageDigest', 'digest'))),
            signature: fromBase64(asText(dig(message, 'signature')) ?? ''),
          },
  };
}

const hexOf = (base64: string | undefined): string | undefined => (base64 === undefined ? undefined : toHex(fromBase64(base64)));

/** Digest of the signed message, such as sha256:…. */
export function digestOf(message: NonNullable<Bundle['message']>): string | undefined {
  const names: Record<string, string> = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' };
  const name = names[message.algorithm ?? ''];
  return name === undefined || message.digest === undefined ? undefined : `${name}:${message.digest}`;
}
