/** Content by digest, read in parts or as a whole: a blob of a repository, or a substitute. */
export interface Content {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes from start up to but not including end, by one range request. Not verified, because a part has no digest. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** A stream of everything from start on. Not verified. */
  stream(start?: number, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** All bytes, verified by the digest. Throws a TooLargeError if there are more than limit. */
  bytes(limit: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Content is larger than the limit of the web UI. */
export class TooLargeError extends Error {
  constructor(size: number, limit: number) {
    super(`It has ${size} bytes; the limit of the web UI is ${limit}.`);
  }
}

/** Received content does not match its digest. */
export class WrongContentError extends Error {
  constructor(digest: string) {
    super(`The received content does not match ${digest}.`);
  }
}

/** The descriptor states another size than the blob or manifest has. Both in bytes. */
export class WrongSizeError extends Error {
  constructor(stated: number, actual: number) {
    super(wrongSize(stated, actual));
  }
}

/** Image spec, "OCI Content Descriptors": content whose size differs should not be trusted. */
export const wrongSize = (stated: number, actual: number): string =>
  `Its descriptor states a size of ${stated} bytes, but the content has ${actual} bytes and should not be trusted.`;
