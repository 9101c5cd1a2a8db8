import { list, members, text } from '../oci/untrustedJson.ts';
import { isRepositoryName } from '../oci/names.ts';
import type { StoredManifest } from '../oci/types.ts';
import { Client } from './client.ts';
import { pages } from './paging.ts';
import { RemoteRepository } from './remoteRepository.ts';
import { Session } from './session.ts';
import { readCollections, readUsages, type Collection, type Usage } from './usage.ts';

/** The registry that served the web UI. */
export class Registry {
  readonly session: Session;
  readonly client: Client;
  readonly #remembered = new Map<string, StoredManifest>();

  constructor(fetcher?: typeof fetch) {
    this.session = new Session(fetcher);
    this.client = new Client(this.session, fetcher);
    let version = this.session.state.version;
    this.session.watch(() => {
      if (version !== this.session.state.version) this.#remembered.clear();
      version = this.session.state.version;
    });
  }

  repository(name: string): RemoteRepository {
    return new RemoteRepository(this.client, name, this.#remembered);
  }

  /** The names of repositories, page by page. */
  names(signal?: AbortSignal): AsyncGenerator<string[]> {
    const read = (document: unknown) => list(members(document).repositories, text)?.filter(isRepositoryName) ?? [];
    return pages(this.client, '/v2/_catalog?n=1000', { area: '', ...(signal && { signal }) }, read);
  }

  /** The largest body of one request in bytes; undefined where the host states no limit. */
  async uploadLimit(signal?: AbortSignal): Promise<number | undefined> {
    const response = await this.client.request('/v2/', { area: '', quiet: true, ...(signal && { signal }) });
    const size = /max-append-size=(\d+)/.exec(response.headers.get('Upload-Limit') ?? '')?.[1];
    return size === undefined ? undefined : Number(size);
  }

  usages(signal?: AbortSignal, quiet = true): AsyncGenerator<Usage[]> {
    return pages(this.client, '/v2/_registry/usage/list?n=1000', { area: '', quiet, ...(signal && { signal }) }, readUsages);
  }

  /** The latest passes of the garbage collector, newest first. */
  async collections(signal?: AbortSignal): Promise<Collection[]> {
    return readCollections(await this.client.json('/v2/_registry/collections/list', { area: '', ...(signal && { signal }) }));
  }
}

/** The registry that all views use. */
export const registry = new Registry();
