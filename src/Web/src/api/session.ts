import type { Challenge } from './challenge.ts';
import { RegistryError } from './errors.ts';
import { grant, type Credentials } from './token.ts';

/** What the pages show of a session. */
export interface SessionState {
  /** Whom the credentials are of, as far as the page can tell; undefined for nobody in particular. */
  user?: string;
  /** Why somebody should sign in now; undefined when nobody is asked. */
  asked?: string;
  /** One more with each who comes or goes: what was got before is another's. */
  version: number;
}

interface Area {
  scopes: Set<string>;
  token?: string;
  /** Milliseconds since 1970. */
  until: number;
  pending?: { scopes: string; token: Promise<string | undefined> };
}

/** Who uses the pages, and the tokens for it. Kept in memory alone: whoever closes or reloads the page has signed out. */
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

  /** Calls back on every change; what it returns ends that. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for credentials, unless somebody is asked already. */
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
   * The token for an area, which is a repository or, if empty, the registry. Nobody in particular has none before the
   * registry asks for one; who has signed in sends one with each request, since the registry otherwise shows what anyone may see.
   */
  async token(area: string): Promise<string | undefined> {
    const known = this.#areas.get(area);
    if (known?.token !== undefined && Date.now() < known.until) return known.token;
    if (this.#credentials === undefined || this.#issuer === undefined) return undefined;
    return this.#renew(area, this.#issuer, [area === '' ? 'registry:catalog:*' : `repository:${area}:*`]);
  }

  /** Another token, for when the one that was used does not do; undefined when there is no other. */
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
    // Many requests begin at once, and all of them can do with one token.
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
