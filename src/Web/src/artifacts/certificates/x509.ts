/**
 * The library for certificates, fetched when one is shown.
 * A container for dependency injection that it uses asks for the metadata of decorators, which nothing of ours has; without these it does not start.
 */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  const metadata = Reflect as unknown as Record<string, unknown>;
  for (const name of ['getMetadata', 'getOwnMetadata']) metadata[name] ??= () => undefined;
  return import('@peculiar/x509');
}
