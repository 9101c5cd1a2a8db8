/** The bytes behind a digest, read in pieces or as a whole: a blob of a repository, or anything that stands in for one. */
export interface Content {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes from start up to but not including end, by one request for a range. Not verified: a part has no digest. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Everything from start on, as it arrives. Not verified. */
  stream(start?: number, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** All of it, found to be what the digest says. Refused with TooLargeError when it is larger than limit. */
  bytes(limit: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** More than a page will hold in memory. */
export class TooLargeError extends Error {
  constructor(size: number, limit: number) {
    super(`It has ${size} bytes; the limit of the web UI is ${limit}.`);
  }
}

/** What arrived is not what the digest names. */
export class WrongContentError extends Error {
  constructor(digest: string) {
    super(`The received content does not match ${digest}.`);
  }
}
