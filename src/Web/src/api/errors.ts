import { list, members, parsed, text } from '../oci/untrustedJson.ts';

/** What the registry answers instead of what was asked for. Distribution spec, "Error Codes". */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Whether it is not there: also where this registry does not have that part of the API. */
export const isMissing = (error: unknown): boolean => error instanceof RegistryError && (error.status === 404 || error.status === 405);

/** Whether the caller may not see it. */
export const isForbidden = (error: unknown): boolean => error instanceof RegistryError && (error.status === 401 || error.status === 403);

/** More of an error's text than anybody reads. In characters. */
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
