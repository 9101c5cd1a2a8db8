import type { Client } from './client.ts';
import { TooLargeError, WrongContentError, WrongSizeError, type Content } from './content.ts';
import { verify } from './digests.ts';
import { RegistryError } from './errors.ts';
import { readAll, readPart } from './streams.ts';

/** A blob of a repository, by its descriptor. */
export class RemoteBlob implements Content {
  readonly digest: string;
  readonly size: number;
  readonly #client: Client;
  readonly #repository: string;

  constructor(client: Client, repository: string, { digest, size }: { digest: string; size: number }) {
    this.#client = client;
    this.#repository = repository;
    this.digest = digest;
    this.size = size;
  }

  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const [from, to] = [Math.max(0, start), Math.min(end, this.size)];
    if (from >= to) return new Uint8Array();
    const response = await this.#get(signal, `bytes=${from}-${to - 1}`);
    const body = response.body ?? new Blob([]).stream();
    // A server that ignores ranges sends the whole blob, whose begin is skipped here.
    const skipped = this.#beginOf(response, from) === 0 ? from : 0;
    const bytes = await readPart(body, skipped, to - from);
    if (bytes.length !== to - from) throw new WrongContentError(this.digest);
    return bytes;
  }

  async stream(start = 0, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    if (start >= this.size && start > 0) return new Blob([]).stream();
    const response = await this.#get(signal, start > 0 ? `bytes=${start}-` : undefined);
    if (start > 0 && this.#beginOf(response, start) === 0) {
      await response.body?.cancel();
      throw new RegistryError(response.status, 'UNSUPPORTED', 'The registry did not send the requested range.');
    }
    return response.body ?? new Blob([]).stream();
  }

  async bytes(limit: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.size > limit) throw new TooLargeError(this.size, limit);
    const response = await this.#get(signal);
    const bytes = await readAll(response.body ?? new Blob([]).stream(), this.size);
    if (bytes === undefined) throw new WrongContentError(this.digest);
    if (bytes.length !== this.size) throw new WrongSizeError(this.size, bytes.length);
    await verify(bytes, this.digest);
    return bytes;
  }

  /** Offset at which the response begins: the requested one, or 0. */
  #beginOf(response: Response, start: number): number {
    if (response.status !== 206) return 0;
    const begin = /^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '')?.[1];
    if (Number(begin) !== start)
      throw new RegistryError(response.status, 'UNSUPPORTED', 'The registry sent another range than the requested one.');
    return start;
  }

  /** Throws a WrongSizeError if the response tells another size than the descriptor. */
  async #get(signal?: AbortSignal, range?: string): Promise<Response> {
    const response = await this.#client.request(`/v2/${this.#repository}/blobs/${this.digest}`, {
      area: this.#repository,
      ...(range !== undefined && { headers: { Range: range } }),
      ...(signal && { signal }),
    });
    const actual = sizeIn(response);
    if (actual === undefined || actual === this.size) return response;
    await response.body?.cancel();
    throw new WrongSizeError(this.size, actual);
  }
}

/** The size of the whole blob in bytes; undefined if the response does not tell it (RFC 9110, 8.6 and 14.4). */
function sizeIn({ status, headers }: Response): number | undefined {
  if (headers.has('Content-Encoding')) return undefined;
  const size = status === 206 ? /^bytes \d+-\d+\/(\d+)$/.exec(headers.get('Content-Range') ?? '')?.[1] : headers.get('Content-Length');
  return size === null || size === undefined ? undefined : Number(size);
}
