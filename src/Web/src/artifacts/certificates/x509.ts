/**
 * The library for certificates, fetched when one is shown.
 * Its dependency injection container requires decorator metadata, a stub of which is installed here.
 */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  const metadata = Reflect as unknown as Record<string, unknown>;
  for (const name of ['getMetadata', 'getOwnMetadata']) metadata[name] ??= () => undefined;
  return import('@peculiar/x509');
}
