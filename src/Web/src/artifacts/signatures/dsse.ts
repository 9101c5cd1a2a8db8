import { join } from '../../api/streams.ts';
import { fromBase64 } from '../decoding/base64.ts';
import { asList, asText, dig } from '../decoding/json.ts';
import type { Signature } from './verify.ts';

/** A payload of a type with signatures: https://github.com/secure-systems-lab/dsse. */
export interface Envelope {
  payloadType: string;
  payload: Uint8Array<ArrayBuffer>;
  signatures: { bytes: Uint8Array<ArrayBuffer>; keyId?: string }[];
}

const mostSignatures = 20;

/** Reads an envelope from a JSON value; undefined if it is none. */
export function readEnvelope(value: unknown): Envelope | undefined {
  const payload = dig(value, 'payload');
  const payloadType = dig(value, 'payloadType');
  if (typeof payload !== 'string' || typeof payloadType !== 'string') return undefined;
  return {
    payloadType,
    payload: fromBase64(payload),
    signatures: asList(dig(value, 'signatures'))
      .slice(0, mostSignatures)
      .map((signature) => ({
        bytes: fromBase64(asText(dig(signature, 'sig')) ?? ''),
        keyId: asText(dig(signature, 'keyid')),
      })),
  };
}

/** The signed bytes of an envelope: "Pre-Authentication Encoding" (DSSE protocol, "Signature Definition"). */
export function signedBytes({ payloadType, payload }: Pick<Envelope, 'payloadType' | 'payload'>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return join([encoder.encode(`DSSEv1 ${encoder.encode(payloadType).length} ${payloadType} ${payload.length} `), payload]);
}

/** The signatures of an envelope, ready to be checked. */
export function signaturesOf(envelope: Envelope): Signature[] {
  return envelope.signatures.map(({ bytes }) => ({ what: 'the statement', data: async () => signedBytes(envelope), bytes }));
}
