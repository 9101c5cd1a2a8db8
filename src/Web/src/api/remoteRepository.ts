import { acceptManifests } from '../oci/mediaTypes.ts';
import { isDigest } from '../oci/names.ts';
import { parseDescriptor, parseManifest } from '../oci/parse.ts';
import { list, members } from '../oci/untrustedJson.ts';
import type { Descriptor, StoredManifest } from '../oci/types.ts';
import { RemoteBlob } from './remoteBlob.ts';
import type { ApiRequest, Client } from './client.ts';
import { TooLargeError, WrongContentError, type Content } from './content.ts';
import { digestOf, verify } from './digests.ts';
import { isMissing } from './errors.ts';
import {
  readDeleted,
  readDeletedContent,
  readPreview,
  readTags,
  type Deleted,
  type DeletedContent,
  type Preview,
  type TagPage,
} from './extensions.ts';
import { gather, pages } from './paging.ts';
import { readAll } from './streams.ts';
import type { Repository } from './repository.ts';
import { readUsage, type Usage } from './usage.ts';

/** Registries accept manifests of 4 MiB (distribution spec, "Pushing Manifests"), some also larger ones. In bytes. */
const maxManifest = 16 * 1024 * 1024;
/** Maximum number of cached manifests, of all repositories. */
const maxRemembered = 500;
const maxReferrers = 1000;
const tagsOfPage = 1000;

/** A repository, accessed by the registry's API. */
export class RemoteRepository implements Repository {
  readonly name: string;
  readonly #client: Client;
  readonly #remembered: Map<string, StoredManifest>;

  constructor(client: Client, name: string, remembered: Map<string, StoredManifest>) {
    this.#client = client;
    this.#remembered = remembered;
    this.name = name;
  }

  async manifest(reference: string, signal?: AbortSignal, quiet = false): Promise<StoredManifest> {
    const { version } = this.#client.session.state;
    const known = this.#remembered.get(`${this.name}@${reference}`);
    if (known !== undefined) return known;
    const response = await this.#client.request(this.#path(`manifests/${reference}`), {
      ...this.#ask(signal, quiet),
      headers: { Accept: acceptManifests },
    });
    const bytes = await readAll(response.body ?? new Blob([]).stream(), maxManifest);
    if (bytes === undefined) throw new TooLargeError(Number(response.headers.get('Content-Length')) || maxManifest + 1, maxManifest);
    const digest = isDigest(reference) ? reference : (response.headers.get('Docker-Content-Digest') ?? (await digestOf(bytes)) ?? '');
    if (!isDigest(digest)) throw new WrongContentError(reference);
    await verify(bytes, digest);
    const document = parseManifest(bytes);
    const mediaType = response.headers.get('Content-Type')?.split(';')[0]?.trim() || document.mediaType || '';
    const manifest = { digest, mediaType, bytes, document };
    // Cached manifests belong to one identity: another one may not be allowed to see them.
    if (version === this.#client.session.state.version) this.#remember(manifest);
    return manifest;
  }

  async referrers(digest: string, signal?: AbortSignal): Promise<Descriptor[]> {
    const read = (document: unknown) => list(members(document).manifests, parseDescriptor) ?? [];
    try {
      return (await gather(pages(this.#client, this.#path(`referrers/${digest}`), this.#ask(signal), read), maxReferrers)).items;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    // Registries without referrers: distribution spec, "Referrers Tag Schema".
    const index = await this.find(digest.replace(':', '-').slice(0, 128), signal);
    return index?.document.manifests ?? [];
  }

  blob(descriptor: { digest: string; size: number }): Content {
    return new RemoteBlob(this.#client, this.name, descriptor);
  }

  /** A manifest that may be missing. */
  async find(reference: string, signal?: AbortSignal): Promise<StoredManifest | undefined> {
    try {
      return await this.manifest(reference, signal, true);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The tags page by page, by name; with their manifests if the registry returns them. */
  async *tags(signal?: AbortSignal): AsyncGenerator<TagPage> {
    try {
      yield* pages(this.#client, this.#path(`_registry/tags/list?n=${tagsOfPage}`), this.#ask(signal), readTags);
      return;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    yield* pages(this.#client, this.#path(`tags/list?n=${tagsOfPage}`), this.#ask(signal), readTags);
  }

  async usage(signal?: AbortSignal): Promise<Usage | undefined> {
    return readUsage(await this.#client.json(this.#path('_registry/usage/latest'), this.#ask(signal, true)));
  }

  deleted(signal?: AbortSignal): AsyncGenerator<Deleted[]> {
    return pages(this.#client, this.#path('_registry/deleted/list?n=100'), this.#ask(signal, true), readDeleted);
  }

  async preview(reference: string, signal?: AbortSignal): Promise<Preview> {
    return readPreview(await this.#client.json(this.#path(`_registry/deleted/preview/${reference}`), this.#ask(signal)));
  }

  /** By tag, deletes the tag only; by digest, the manifest with its tags. */
  async delete(reference: string): Promise<void> {
    await this.#client.request(this.#path(`manifests/${reference}`), { ...this.#ask(), method: 'DELETE' });
    this.#remembered.clear();
  }

  /** Deletes all manifests and tags, by as many requests as it takes; yields the response to each. */
  async *deleteContent(signal: AbortSignal): AsyncGenerator<DeletedContent> {
    for (;;) {
      const ask: ApiRequest = { ...this.#ask(signal), method: 'DELETE' };
      const done = readDeletedContent(await this.#client.json(this.#path('_registry/repository/content'), ask));
      this.#remembered.clear();
      if (done === undefined) throw new Error('The registry did not say what it deleted and what is left.');
      yield done;
      if (done.left === 0) return;
      if (done.deleted === 0) throw new Error(`The registry deleted no manifest, and ${done.left} are left. Try again later.`);
    }
  }

  async restore(reference: string): Promise<void> {
    await this.#client.request(this.#path(`_registry/deleted/manifests/${reference}`), { ...this.#ask(), method: 'POST' });
  }

  /** Purges a deleted tag or manifest, so that it cannot be restored. */
  async purge(reference: string): Promise<void> {
    await this.#client.request(this.#path(`_registry/deleted/manifests/${reference}`), { ...this.#ask(), method: 'DELETE' });
  }

  #path(rest: string): string {
    return `/v2/${this.name}/${rest}`;
  }

  #ask(signal?: AbortSignal, quiet = false): ApiRequest {
    return { area: this.name, quiet, ...(signal && { signal }) };
  }

  #remember(manifest: StoredManifest): void {
    this.#remembered.set(`${this.name}@${manifest.digest}`, manifest);
    if (this.#remembered.size > maxRemembered) this.#remembered.delete(this.#remembered.keys().next().value!);
  }
}
