import { loadX509 } from '../certificates/x509.ts';

/** How signatures are made: what WebCrypto needs to import the key and to verify. */
export interface Scheme {
  /** Such as ECDSA P-256 with SHA-256. */
  title: string;
  key: EcKeyImportParams | RsaHashedImportParams | Algorithm;
  verify: EcdsaParams | RsaPssParams | Algorithm;
  /** Bytes of each of the two numbers of an ECDSA signature. */
  fieldSize?: number;
}

const fieldSizes: Record<string, number> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

function ecdsa(namedCurve: string, bits: number): Scheme {
  const hash = `SHA-${bits}`;
  return {
    title: `ECDSA ${namedCurve} with ${hash}`,
    key: { name: 'ECDSA', namedCurve },
    verify: { name: 'ECDSA', hash },
    fieldSize: fieldSizes[namedCurve],
  };
}

function rsa(name: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5', bits: number): Scheme {
  const hash = `SHA-${bits}`;
  const verify = name === 'RSA-PSS' ? { name, saltLength: bits / 8 } : { name };
  return { title: `${name === 'RSA-PSS' ? 'RSA-PSS' : 'RSA PKCS #1'} with ${hash}`, key: { name, hash }, verify };
}

const ed25519: Scheme = { title: 'Ed25519', key: { name: 'Ed25519' }, verify: { name: 'Ed25519' } };

/** By name, as in RFC 7518, section 3.1, and RFC 8037. */
export const joseSchemes: Record<string, Scheme> = {
  ES256: ecdsa('P-256', 256),
  ES384: ecdsa('P-384', 384),
  ES512: ecdsa('P-521', 512),
  PS256: rsa('RSA-PSS', 256),
  PS384: rsa('RSA-PSS', 384),
  PS512: rsa('RSA-PSS', 512),
  EdDSA: ed25519,
};

/** By number in the registry of COSE algorithms: their names in JOSE. */
export const coseNames: Record<number, string> = {
  [-7]: 'ES256',
  [-35]: 'ES384',
  [-36]: 'ES512',
  [-37]: 'PS256',
  [-38]: 'PS384',
  [-39]: 'PS512',
  [-8]: 'EdDSA',
};

/** Possible schemes by key, for signatures that do not state theirs, such as Sigstore's. Empty if WebCrypto supports none. */
export async function schemesOf(spki: Uint8Array<ArrayBuffer>): Promise<Scheme[]> {
  const { PublicKey } = await loadX509();
  const { name, namedCurve } = new PublicKey(spki).algorithm as Algorithm & { namedCurve?: string };
  if (name === 'Ed25519' || name === 'EdDSA') return [ed25519];
  if (name === 'ECDSA' && namedCurve !== undefined && namedCurve in fieldSizes)
    return [256, 384, 512].map((bits) => ecdsa(namedCurve, bits));
  if (name.startsWith('RSA')) return [256, 384, 512].flatMap((bits) => [rsa('RSASSA-PKCS1-v1_5', bits), rsa('RSA-PSS', bits)]);
  return [];
}
