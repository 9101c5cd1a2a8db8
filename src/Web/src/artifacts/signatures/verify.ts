import { fromPem } from '../decoding/base64.ts';
import { ByteReader } from '../decoding/byteReader.ts';
import { loadX509 } from '../certificates/x509.ts';
import { schemesOf, type Scheme } from './scheme.ts';

/** A signature and its signed data. */
export interface Signature {
  /** Name of the signed data in messages, such as the payload. */
  what: string;
  data(): Promise<Uint8Array>;
  bytes: Uint8Array;
  /** The scheme, if the signature states it. Otherwise it is found by trying, and an ECDSA signature is in DER, as in Sigstore. */
  scheme?: Scheme;
}

/** The scheme with which the key made the signature; undefined if it did not. Throws if that cannot be verified here. */
export async function madeBy(spki: Uint8Array<ArrayBuffer>, signature: Signature): Promise<Scheme | undefined> {
  if (globalThis.crypto?.subtle === undefined)
    throw new Error('Signatures can be checked only on a page that was loaded over https or from localhost.');
  const schemes = signature.scheme ? [signature.scheme] : await schemesOf(spki);
  if (schemes.length === 0) throw new Error('The browser does not support signatures by this type of key.');
  const data = new Uint8Array(await signature.data());
  for (const scheme of schemes) {
    const isDer = signature.scheme === undefined && scheme.fieldSize !== undefined;
    const bytes = isDer ? rawFromDer(signature.bytes, scheme.fieldSize ?? 0) : new Uint8Array(signature.bytes);
    if (bytes === undefined) continue;
    const key = await crypto.subtle.importKey('spki', spki, scheme.key, false, ['verify']).catch(() => {
      throw new Error(`The key is not for ${scheme.title}, or the browser does not support it.`);
    });
    if (await crypto.subtle.verify(scheme.verify, key, bytes, data)) return scheme;
  }
  return undefined;
}

/**
 * Converts to the concatenated numbers that WebCrypto expects a DER ECDSA-Sig-Value (RFC 3279, section 2.2.3); undefined when it is none.
 */
export function rawFromDer(der: Uint8Array, fieldSize: number): Uint8Array<ArrayBuffer> | undefined {
  try {
    const reader = new ByteReader(der, false);
    const raw = new Uint8Array(2 * fieldSize);
    if (reader.u8() !== 0x30) return undefined;
    const length = reader.u8();
    if ((length === 0x81 ? reader.u8() : length) !== reader.left) return undefined;
    for (const end of [fieldSize, 2 * fieldSize]) {
      if (reader.u8() !== 0x02) return undefined;
      const number = reader.bytes(reader.u8());
      const digits = number.subarray(number.findIndex((byte) => byte !== 0));
      if (digits.length > fieldSize) return undefined;
      raw.set(digits, end - digits.length);
    }
    return reader.left === 0 ? raw : undefined;
  } catch {
    return undefined;
  }
}

/** The DER SubjectPublicKeyInfo of a public key or certificate in PEM. */
export async function keyFromPem(pem: string): Promise<Uint8Array<ArrayBuffer>> {
  const [key] = fromPem(pem, 'PUBLIC KEY');
  if (key) return key;
  const [certificate] = fromPem(pem, 'CERTIFICATE');
  if (certificate === undefined) throw new Error('It is neither a public key nor a certificate in PEM.');
  const { X509Certificate } = await loadX509();
  return new Uint8Array(new X509Certificate(certificate).publicKey.rawData);
}
