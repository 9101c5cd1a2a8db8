import { parsed } from '../oci/untrustedJson.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import { errorOf, RegistryError } from './errors.ts';
import type { Session } from './session.ts';

/** One request of the registry's API. */
export interface ApiRequest {
  /** The repository it is about; empty for the registry as a whole. */
  area: string;
  method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Where the page does without the answer, nobody is asked to sign in for it. */
  quiet?: boolean;
}

/** Sends requests with the tokens that they need. */
export class Client {
  readonly session: Session;
  readonly #fetch: typeof fetch;

  constructor(session: Session, fetcher: typeof fetch = (...asked) => fetch(...asked)) {
    this.session = session;
    this.#fetch = fetcher;
  }

  /** The answer, when it is a good one. Throws a RegistryError otherwise, and what fetch throws when there was none. */
  async request(path: string, ask: ApiRequest): Promise<Response> {
    const version = this.session.state.version;
    const used = await this.session.token(ask.area);
    // The token took a while, and is of somebody who has signed out.
    if (version !== this.session.state.version) throw new RegistryError(0, 'ABORTED', 'The session has changed meanwhile: someone signed in or out.');
    let response = await this.#send(path, ask, used);
    if (response.status === 401) {
      const challenge = parseChallenge(response.headers.get('WWW-Authenticate'));
      const token = challenge && (await this.session.another(ask.area, challenge, used));
      if (token !== undefined) response = await this.#send(path, ask, token);
    }
    if (response.ok) return response;
    const error = await errorOf(response);
    // Whoever has signed in meanwhile is not asked for what was refused to another.
    if (response.status === 401 && !ask.quiet && version === this.session.state.version) this.session.ask('This requires authentication.');
    throw error;
  }

  /** The JSON of an answer; undefined where it is none. */
  async json(path: string, ask: ApiRequest): Promise<unknown> {
    return parsed(await (await this.request(path, ask)).text());
  }

  /** Where to sign in; undefined where the registry knows no accounts, or a proxy before it does the asking. */
  async challenge(): Promise<Challenge | undefined> {
    const response = await this.#send('/v2/', { area: '' }, undefined);
    if (response.status !== 401 && !response.ok) throw await errorOf(response);
    return parseChallenge(response.headers.get('WWW-Authenticate'));
  }

  async #send(path: string, ask: ApiRequest, token: string | undefined): Promise<Response> {
    const headers = { ...ask.headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
    // What was got with credentials must not lie in the browser's cache for whoever uses it next.
    const cache = this.session.state.user === undefined ? 'default' : 'no-store';
    try {
      return await this.#fetch(path, {
        method: ask.method ?? 'GET',
        headers,
        credentials: 'omit',
        cache,
        ...(ask.signal && { signal: ask.signal }),
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new RegistryError(
        0,
        'UNREACHABLE',
        'The registry could not be reached, or it redirects the browser to a host that does not allow requests from this page.',
      );
    }
  }
}
