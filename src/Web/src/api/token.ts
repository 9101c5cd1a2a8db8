import { count, members, parsed, text } from '../oci/untrustedJson.ts';
import type { Challenge } from './challenge.ts';
import { errorOf, RegistryError } from './errors.ts';

/** A robot's name and secret, or any name and a token of a trusted issuer. */
export interface Credentials {
  user: string;
  secret: string;
  /** Refresh token for an issuer's token: valid for hours, while the issuer's token may expire within minutes. */
  refresh?: string;
}

export interface Granted {
  token: string;
  seconds: number;
  refresh?: string;
  /** Name in the issuer's token. For display only, because it is not verified. */
  subject?: string;
}

/** Lifetime of tokens if the registry does not state it (Token Authentication Specification). In seconds. */
const defaultLifetime = 60;

/**
 * Requests a token: by GET for anonymous users, otherwise by POST as in OAuth 2.0.
 * Credentials are sent to the page's own origin only, whatever the challenge states.
 */
export async function grant(fetcher: typeof fetch, challenge: Challenge, scopes: string[], credentials?: Credentials): Promise<Granted> {
  const realm = ownAddress(challenge.realm);
  const asked = new URLSearchParams();
  if (challenge.service !== undefined) asked.append('service', challenge.service);
  let response: Response;
  if (credentials === undefined) {
    for (const scope of scopes) asked.append('scope', scope);
    response = await fetcher(`${realm}?${asked}`, { credentials: 'omit', cache: 'no-store' });
  } else {
    asked.append('client_id', 'registry-pages');
    if (scopes.length > 0) asked.append('scope', scopes.join(' '));
    const proof: Record<string, string> =
      credentials.refresh === undefined
        ? { grant_type: 'password', username: credentials.user, password: credentials.secret, access_type: 'offline' }
        : { grant_type: 'refresh_token', refresh_token: credentials.refresh };
    for (const [name, value] of Object.entries(proof)) asked.append(name, value);
    // A redirect would forward the credentials.
    response = await fetcher(realm, { method: 'POST', body: asked, credentials: 'omit', cache: 'no-store', redirect: 'error' });
  }
  if (!response.ok) throw await errorOf(response);
  const of = members(parsed(await response.text()));
  const token = text(of.token) ?? text(of.access_token);
  if (token === undefined) throw new RegistryError(response.status, 'UNKNOWN', 'The registry returned no token.');
  const refresh = text(of.refresh_token);
  const subject = credentials === undefined ? undefined : subjectOf(credentials.secret);
  return { token, seconds: count(of.expires_in) ?? defaultLifetime, ...(refresh && { refresh }), ...(subject && { subject }) };
}

/** A URL of this origin, without its query. Only the host is compared, because behind a proxy the scheme may differ. */
function ownAddress(realm: string): string {
  const here = globalThis.location ?? { host: 'registry.invalid', origin: 'http://registry.invalid', href: 'http://registry.invalid/' };
  const address = URL.canParse(realm, here.href) ? new URL(realm, here.href) : undefined;
  if (address === undefined || address.host !== here.host || !/^https?:$/.test(address.protocol))
    throw new RegistryError(
      401,
      'UNAUTHORIZED',
      `The registry requires tokens from ${realm.slice(0, 200)}, which is another host. The web UI sends no credentials there.`,
    );
  // A path that begins with two slashes would be a URL of another host.
  return here.origin + address.pathname;
}

/** The name in an issuer's token (RFC 7519), for display. */
function subjectOf(secret: string): string | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(secret)?.[1];
  if (payload === undefined) return undefined;
  try {
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const claims = members(parsed(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
    return (text(claims.preferred_username) ?? text(claims.upn) ?? text(claims.sub))?.slice(0, 100);
  } catch {
    return undefined;
  }
}
