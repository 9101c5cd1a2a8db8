import { parsed } from '../oci/untrustedJson.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import { errorOf, RegistryError } from './errors.ts';
import type { Session } from './session.ts';

/** A request to the registry's API. */
export interface ApiRequest {
  /** The repository; empty for requests about the whole registry. */
  area: string;
  method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Set for optional requests: a 401 does not open the sign-in dialog. */
  quiet?: boolean;
}

/** Sends requests, with tokens as the registry requires them. */
export class Client {
  readonly session: Session;
  readonly #fetch: typeof fetch;

  constructor(session: Session, fetcher: typeof fetch = (...asked) => fetch(...asked)) {
    this.session = session;
    this.#fetch = fetcher;
  }

  /** Returns a successful response. Throws a RegistryError for any other, and what fetch throws if there was no response. */
  async request(path: string, ask: ApiRequest): Promise<Response> {
    const version = this.session.state.version;
    const used = await this.session.token(ask.area);
    // The session changed while the token was requested.
    if (version !== this.session.state.version)
      throw new RegistryError(0, 'ABORTED', 'The session has changed meanwhile: someone signed in or out.');
    let response = await this.#send(path, ask, used);
    if (response.status === 401) {
      const challenge = parseChallenge(response.headers.get('WWW-Authenticate'));
      const token = challenge && (await this.session.another(ask.area, challenge, used));
      if (token !== undefined) response = await this.#send(path, ask, token);
    }
    if (response.ok) return response;
    const error = await errorOf(response);
    // After a change of session the refusal concerns another identity, so the dialog stays closed.
    if (response.status === 401 && !ask.quiet && version === this.session.state.version) this.session.ask('This requires authentication.');
    throw error;
  }

  /** The JSON of a response; undefined if it is not JSON. */
  async json(path: string, ask: ApiRequest): Promise<unknown> {
    return parsed(await (await this.request(path, ask)).text());
  }

  /** The challenge for sign-in; undefined if the registry has no accounts, or a proxy authenticates. */
  async challenge(): Promise<Challenge | undefined> {
    const response = await this.#send('/v2/', { area: '' }, undefined);
    if (response.status !== 401 && !response.ok) throw await errorOf(response);
    return parseChallenge(response.headers.get('WWW-Authenticate'));
  }

  async #send(path: string, ask: ApiRequest, token: string | undefined): Promise<Response> {
    const headers = { ...ask.headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
    // Responses to authenticated requests must not be stored in the browser's cache.
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
