import { list, members, parsed, text } from '../oci/untrustedJson.ts';

/** An error response of the registry. Distribution spec, "Error Codes". */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Whether the content, or this part of the API, does not exist. */
export const isMissing = (error: unknown): boolean => error instanceof RegistryError && (error.status === 404 || error.status === 405);

/** Whether the caller is not allowed to see the content. */
export const isForbidden = (error: unknown): boolean => error instanceof RegistryError && (error.status === 401 || error.status === 403);

/** Longer texts of errors are cut. In characters. */
const maxMessage = 2000;

export async function errorOf(response: Response): Promise<RegistryError> {
  const body = await response.text().catch(() => '');
  const [first] = list(members(parsed(body)).errors, members) ?? [];
  const message =
    text(first?.message) ?? `The registry answered ${response.status}${response.statusText === '' ? '' : ` ${response.statusText}`}.`;
  const wait = Number(response.headers.get('Retry-After'));
  return new RegistryError(
    response.status,
    text(first?.code) ?? 'UNKNOWN',
    message.slice(0, maxMessage) + (response.status === 429 && wait > 0 ? ` Try again in ${wait} seconds.` : ''),
  );
}
