import type { X509Certificate } from '@peculiar/x509';
import { toHex } from '../decoding/hex.ts';
import { fulcioFact } from './fulcio.ts';
import { loadX509 } from './x509.ts';

/** Fields of a certificate. Nothing is verified. */
export interface Certificate {
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  serialNumber: string;
  /** SHA-256 of the certificate. */
  fingerprint: string;
  /** Such as ECDSA P-256. */
  key: string;
  /** Subject alternative names with their type, such as email or url. */
  names: { type: string; value: string }[];
  /** Fulcio's extensions about the requester. */
  identity: [meaning: string, text: string][];
  /** DER SubjectPublicKeyInfo. */
  spki: Uint8Array<ArrayBuffer>;
}

/** Maximum number of certificates of a chain that are checked. */
export const longestChain = 10;
const longestCertificate = 64 * 1024;
const mostNames = 100;

export async function readCertificate(der: Uint8Array): Promise<Certificate> {
  const certificate = await parse(der);
  const { X509Certificate: _, SubjectAlternativeNameExtension } = await loadX509();
  const hash = crypto.subtle === undefined ? undefined : await crypto.subtle.digest('SHA-256', new Uint8Array(der));
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    serialNumber: certificate.serialNumber,
    fingerprint: hash === undefined ? 'not known: this page is not loaded through TLS' : toHex(new Uint8Array(hash)),
    key: describeKey(certificate.publicKey.algorithm),
    names: namesOf(certificate, SubjectAlternativeNameExtension),
    identity: identityOf(certificate),
    spki: new Uint8Array(certificate.publicKey.rawData),
  };
}

/** Whether a certificate was signed with a key: verified, wrong, or not checked and why. */
export type Link = 'verified' | 'wrong' | { unchecked: string };

/** Verifies the links of a chain: whether each certificate was signed with the key of the next one, and the last with its own. */
export async function readLinks(chain: Uint8Array[]): Promise<Link[]> {
  const certificates = await Promise.all(chain.slice(0, longestChain).map(parse));
  return Promise.all(certificates.map((certificate, index) => readLink(certificate, certificates[index + 1] ?? certificate)));
}

async function readLink(certificate: X509Certificate, signer: X509Certificate): Promise<Link> {
  if (certificate.issuer !== signer.subject) return 'wrong';
  if (globalThis.crypto?.subtle === undefined) return { unchecked: 'this page was not loaded over https or from localhost' };
  const { publicKey } = signer;
  const algorithm = { ...publicKey.algorithm, ...certificate.signatureAlgorithm };
  try {
    // Imported here, because the library's verify tells a key that the browser does not support as a wrong signature.
    await publicKey.export(algorithm, ['verify']);
    return (await certificate.verify({ publicKey, signatureOnly: true })) ? 'verified' : 'wrong';
  } catch {
    return { unchecked: `the browser does not support the key of its issuer (${describeKey(publicKey.algorithm)}) or the algorithm` };
  }
}

async function parse(der: Uint8Array): Promise<X509Certificate> {
  if (der.length > longestCertificate) throw new Error('The certificate is too long.');
  const { X509Certificate } = await loadX509();
  try {
    return new X509Certificate(new Uint8Array(der));
  } catch {
    throw new Error('The certificate cannot be read.');
  }
}

function namesOf(
  certificate: X509Certificate,
  extension: typeof import('@peculiar/x509').SubjectAlternativeNameExtension,
): Certificate['names'] {
  try {
    return (certificate.getExtension(extension)?.names.items ?? []).slice(0, mostNames).map(({ type, value }) => ({ type, value }));
  } catch {
    return [{ type: 'names', value: 'cannot be read' }];
  }
}

/** Fulcio states some facts twice, for older and for newer verifiers. */
function identityOf({ extensions }: X509Certificate): Certificate['identity'] {
  const facts = [...extensions].map(({ type, value }) => fulcioFact(type, new Uint8Array(value))).filter((fact) => fact !== undefined);
  return facts.filter(([meaning, text], index) => facts.findIndex((other) => other[0] === meaning && other[1] === text) === index);
}

/** Such as ECDSA P-256 or RSA 2048 bit. For RSA keys the library's name includes one of their uses, which is omitted here. */
function describeKey(algorithm: Algorithm): string {
  const { name, namedCurve, modulusLength } = algorithm as Algorithm & { namedCurve?: string; modulusLength?: number };
  return [name.startsWith('RSA') ? 'RSA' : name, namedCurve, modulusLength && `${modulusLength} bit`].filter((part) => part).join(' ');
}
