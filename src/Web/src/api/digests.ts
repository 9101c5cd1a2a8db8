import { WrongContentError } from './content.ts';

const algorithms: Readonly<Record<string, string>> = { sha256: 'SHA-256', sha512: 'SHA-512' };

/** Browsers provide WebCrypto in secure contexts only: pages loaded over https or from localhost. */
export const canVerify = (): boolean => globalThis.crypto?.subtle !== undefined;

/** Throws a WrongContentError if the bytes do not match the digest. Does nothing if that cannot be verified: see canVerify. */
export async function verify(bytes: Uint8Array, digest: string): Promise<void> {
  const algorithm = digest.split(':')[0]!;
  const found = await digestOf(bytes, algorithm);
  if (found !== undefined && found !== digest) throw new WrongContentError(digest);
}

/** Undefined if it cannot be computed. */
export async function digestOf(bytes: Uint8Array, algorithm = 'sha256'): Promise<string | undefined> {
  const name = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (name === undefined || !canVerify()) return undefined;
  const hash = new Uint8Array(await crypto.subtle.digest(name, bytes as Uint8Array<ArrayBuffer>));
  return `${algorithm}:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
