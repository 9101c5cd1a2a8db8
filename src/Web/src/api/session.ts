import type { Challenge } from './challenge.ts';
import { RegistryError } from './errors.ts';
import { grant, type Credentials } from './token.ts';

/** The state of the session that the UI shows. */
export interface SessionState {
  /** Name of the signed-in identity, as far as known; undefined for anonymous. */
  user?: string;
  /** Why the user is asked to sign in; undefined if not asked. */
  asked?: string;
  /** Incremented at each sign-in and sign-out: data loaded before belongs to another identity. */
  version: number;
}

interface Area {
  scopes: Set<string>;
  token?: string;
  /** Milliseconds since 1970. */
  until: number;
  pending?: { scopes: string; token: Promise<string | undefined> };
}

/** The credentials and tokens of the user. Kept in memory only: closing or reloading the page signs out. */
export class Session {
  #state: SessionState = { version: 0 };
  #credentials?: Credentials;
  #issuer?: Challenge;
  #areas = new Map<string, Area>();
  #listeners = new Set<() => void>();
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = (...asked) => fetch(...asked)) {
    this.#fetch = fetcher;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Subscribes to changes. Returns a function that unsubscribes. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for credentials, unless the dialog is already open. */
  ask(why: string): void {
    if (this.#state.asked === undefined) this.#become({ ...this.#state, asked: why });
  }

  dismiss(): void {
    const { asked: _, ...state } = this.#state;
    this.#become(state);
  }

  /** Throws a RegistryError when the credentials are wrong. */
  async signIn(challenge: Challenge, user: string, secret: string): Promise<void> {
    const credentials: Credentials = { user, secret };
    const granted = await grant(this.#fetch, challenge, [], credentials);
    if (granted.refresh !== undefined) credentials.refresh = granted.refresh;
    this.#areas.clear();
    this.#credentials = credentials;
    this.#issuer = challenge;
    this.#become({ user: granted.subject ?? user, version: this.#state.version + 1 });
  }

  signOut(): void {
    this.#areas.clear();
    this.#credentials = undefined;
    this.#become({ version: this.#state.version + 1 });
  }

  /**
   * The token for a repository or, if empty, for the registry. Anonymous users have none until the
   * registry requires one. Signed-in users send one with each request, because the registry otherwise returns public content only.
   */
  async token(area: string): Promise<string | undefined> {
    const known = this.#areas.get(area);
    if (known?.token !== undefined && Date.now() < known.until) return known.token;
    if (this.#credentials === undefined || this.#issuer === undefined) return undefined;
    return this.#renew(area, this.#issuer, [area === '' ? 'registry:catalog:*' : `repository:${area}:*`]);
  }

  /** Requests a new token when the used one was refused; undefined if there is no other. */
  async another(area: string, challenge: Challenge, used: string | undefined): Promise<string | undefined> {
    const known = this.#areas.get(area);
    const scopes = challenge.scope?.split(' ') ?? [];
    if (known?.token !== undefined && known.token !== used && scopes.every((scope) => known.scopes.has(scope))) return known.token;
    return this.#renew(area, challenge, scopes);
  }

  async #renew(name: string, challenge: Challenge, scopes: string[]): Promise<string | undefined> {
    const area = this.#areas.get(name) ?? { scopes: new Set<string>(), until: 0 };
    this.#areas.set(name, area);
    for (const scope of scopes) area.scopes.add(scope);
    // Requests that start at the same time share one token.
    const wanted = [...area.scopes].join(' ');
    if (area.pending?.scopes !== wanted) {
      const token = this.#get(area, challenge).finally(() => area.pending?.token === token && (area.pending = undefined));
      area.pending = { scopes: wanted, token };
    }
    return area.pending.token;
  }

  async #get(area: Area, challenge: Challenge): Promise<string | undefined> {
    const credentials = this.#credentials;
    try {
      const granted = await grant(this.#fetch, challenge, [...area.scopes], credentials);
      area.token = granted.token;
      area.until = Date.now() + granted.seconds * 900;
      return granted.token;
    } catch (error) {
      if (credentials === undefined || !(error instanceof RegistryError) || error.status !== 401) throw error;
      if (this.#credentials === credentials) {
        this.signOut();
        this.ask('Your credentials are no longer accepted: they have expired or were revoked.');
      }
      return undefined;
    }
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
