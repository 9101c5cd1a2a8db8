import { createHash } from 'node:crypto';
import { Client } from '../../src/api/client.ts';
import { RemoteRepository } from '../../src/api/remoteRepository.ts';
import { Session } from '../../src/api/session.ts';

/** The response to a request such as `GET /v2/`: JSON, or a whole Response. */
export type Answer = object | (() => Response | Promise<Response>);

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers });

/** A fetch function that returns the given responses, and 404 without one; requests records all requests. */
export function fakeFetch(answers: Record<string, Answer>) {
  const requests: string[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    init?.signal?.throwIfAborted();
    const request = `${init?.method ?? 'GET'} ${String(input)}`;
    requests.push(request);
    const answer = answers[request];
    if (answer === undefined) return json({ errors: [{ code: 'NOT_FOUND', message: `No answer to ${request}` }] }, 404);
    return typeof answer === 'function' ? (answer as () => Response)() : json(answer);
  };
  return { requests, fetcher };
}

/** A repository of a registry with these responses. */
export function fakeRepository(answers: Record<string, Answer>, name = 'app') {
  const { requests, fetcher } = fakeFetch(answers);
  return { requests, repository: new RemoteRepository(new Client(new Session(fetcher), fetcher), name, new Map()) };
}

/** A blob, its descriptor, and the response to requests for it, with support for ranges. */
export function fakeBlob(content: string | Uint8Array, mediaType: string) {
  const bytes = Buffer.from(content);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { descriptor: { mediaType, digest, size: bytes.length }, answers: { [`GET /v2/app/blobs/${digest}`]: () => new Response(bytes) } };
}
