import { fromBase64 } from '../decoding/base64.ts';
import { readCbor, signedStructure, type Cbor } from '../decoding/cbor.ts';
import { asList, asText, dig, parseJson } from '../decoding/json.ts';
import { coseNames, joseSchemes } from './scheme.ts';
import type { Signature } from './verify.ts';

/** A signature of the Notary Project: https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md. */
export interface NotationSignature {
  envelope: 'JWS' | 'COSE';
  /** The signed descriptor. */
  target: unknown;
  algorithm?: string;
  /** Such as notary.x509. */
  scheme?: string;
  /** Stated by the signer; not verified. */
  signedAt?: Date;
  expiresAt?: Date;
  agent?: string;
  hasTimestamp: boolean;
  /** DER, the signer's first. */
  chain: Uint8Array[];
  /** Undefined if its algorithm is not known. */
  signature?: Signature;
}

const names = {
  scheme: 'io.cncf.notary.signingScheme',
  time: 'io.cncf.notary.signingTime',
  authenticTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  agent: 'io.cncf.notary.signingAgent',
  timestamp: 'io.cncf.notary.timestampSignature',
};
const mostCertificates = 20;

/** JSON serialization (Notary Project, "JWS JSON Serialization"). */
export function readJws(value: unknown): NotationSignature {
  const encodedHeader = asText(dig(value, 'protected')) ?? '';
  const encodedPayload = asText(dig(value, 'payload')) ?? '';
  const header = parseJson(fromBase64(encodedHeader));
  const algorithm = asText(dig(header, 'alg'));
  const timeOf = (name: string) => timeFrom(asText(dig(header, name)));
  return {
    envelope: 'JWS',
    target: dig(parseJson(fromBase64(encodedPayload)), 'targetArtifact'),
    algorithm,
    scheme: asText(dig(header, names.scheme)),
    signedAt: timeOf(names.time) ?? timeOf(names.authenticTime),
    expiresAt: timeOf(names.expiry),
    agent: asText(dig(value, 'header', names.agent)),
    hasTimestamp: dig(value, 'header', names.timestamp) !== undefined,
    chain: asList(dig(value, 'header', 'x5c'))
      .slice(0, mostCertificates)
      .map((certificate) => fromBase64(asText(certificate) ?? '')),
    signature: signatureOf(
      algorithm,
      fromBase64(asText(dig(value, 'signature')) ?? ''),
      new TextEncoder().encode(`${encodedHeader}.${encodedPayload}`),
    ),
  };
}

/** COSE_Sign1 (RFC 9052, section 4.2; Notary Project, "COSE_Sign1"). */
export function readCose(bytes: Uint8Array): NotationSignature {
  const outer = readCbor(bytes);
  const parts = untagged(outer);
  const [encodedHeader, unprotected, payload, signature] = Array.isArray(parts) ? parts : [];
  if (!(encodedHeader instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array))
    throw new Error('It is not a COSE signature.');
  const header = asMap(readCbor(encodedHeader));
  const beside = asMap(unprotected);
  const number = header.get(1);
  const algorithm = typeof number === 'number' ? (coseNames[number] ?? `COSE algorithm ${number}`) : undefined;
  const timeOf = (name: string) => timeFrom(untagged(header.get(name)));
  const chain = beside.get(33);
  return {
    envelope: 'COSE',
    target: dig(parseJson(payload), 'targetArtifact'),
    algorithm,
    scheme: asText(header.get(names.scheme)),
    signedAt: timeOf(names.time) ?? timeOf(names.authenticTime),
    expiresAt: timeOf(names.expiry),
    agent: asText(beside.get(names.agent)),
    hasTimestamp: beside.has(names.timestamp),
    chain: (Array.isArray(chain) ? chain : [chain]).filter((certificate) => certificate instanceof Uint8Array).slice(0, mostCertificates),
    signature: signatureOf(algorithm, signature, signedStructure(encodedHeader, payload)),
  };
}

function signatureOf(algorithm: string | undefined, bytes: Uint8Array, data: Uint8Array): Signature | undefined {
  const scheme = Object.hasOwn(joseSchemes, algorithm ?? '') ? joseSchemes[algorithm ?? ''] : undefined;
  return scheme && { what: 'the payload', data: async () => data, bytes, scheme };
}

/** RFC 3339 in JWS, seconds since 1970 in COSE. */
function timeFrom(value: unknown): Date | undefined {
  if (typeof value === 'number') return new Date(value * 1000);
  return typeof value === 'string' ? new Date(value) : undefined;
}

const asMap = (value: Cbor | undefined): Map<Cbor, Cbor> => (value instanceof Map ? value : new Map<Cbor, Cbor>());
/** The value, with or without a tag. */
const untagged = (value: Cbor | undefined): Cbor | undefined =>
  typeof value === 'object' && value !== null && 'tag' in value ? value.value : value;
