/** Where to request a token, and for which scopes. distribution, "Token Authentication Specification"; RFC 6750, section 3. */
export interface Challenge {
  realm: string;
  service?: string;
  /** Several scopes are separated by spaces. */
  scope?: string;
  /** Why the token that was sent was refused. */
  error?: string;
}

/** Undefined if the header requires another scheme than Bearer. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const begin = /^\s*Bearer\s+/i.exec(header ?? '');
  if (header === null || begin === null) return undefined;
  const found: Record<string, string> = {};
  for (const [, name, quoted, plain] of header.slice(begin[0].length).matchAll(/([a-zA-Z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
    found[name!.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain!;
  const { realm, service, scope, error } = found;
  return realm === undefined ? undefined : { realm, ...(service && { service }), ...(scope && { scope }), ...(error && { error }) };
}
