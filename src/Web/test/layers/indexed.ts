import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { digest, tarEnd, tarEntry } from './fixtures.ts';

/** Content of a layer: files with their contents, folders with a trailing slash, and links with an arrow. */
export type Files = Record<string, string | Buffer>;

const chunkSize = 4000;

interface TocEntry {
  name: string;
  type: string;
  [field: string]: unknown;
}

/** An eStargz layer as specified: a member for each chunk of a file, the table of contents, and the footer. */
export function stargz(
  files: Files,
  change: (toc: { version: number; entries: TocEntry[] }) => void = () => undefined,
): { layer: Buffer; tocDigest: string } {
  const members: Buffer[] = [];
  const entries: TocEntry[] = [];
  let size = 0;
  let open: Buffer = Buffer.alloc(0);
  const close = (): void => {
    if (open.length === 0) return;
    const member = gzipSync(open);
    members.push(member);
    size += member.length;
    open = Buffer.alloc(0);
  };
  for (const [name, content] of Object.entries(files)) {
    const { blocks, toc, body } = entryBlocks(name, content);
    entries.push(toc);
    // The header is in the preceding member, as the padding is.
    open = Buffer.concat([open, blocks.subarray(0, 512)]);
    for (let at = 0; at < body.length; at += chunkSize) {
      close();
      const chunk = body.subarray(at, at + chunkSize);
      const last = at + chunkSize >= body.length;
      const fields = { offset: size, chunkDigest: digest(chunk), ...(at > 0 && { chunkOffset: at }), ...(!last && { chunkSize }) };
      if (at === 0) Object.assign(toc, fields);
      else entries.push({ name, type: 'chunk', ...fields });
      open = Buffer.from(chunk);
    }
    open = Buffer.concat([open, blocks.subarray(512 + body.length)]);
  }
  close();
  const toc = { version: 1, entries };
  change(toc);
  const json = Buffer.from(JSON.stringify(toc));
  const index = gzipSync(Buffer.concat([tarEntry('stargz.index.json', json), tarEnd]));
  const footer = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0, 0x53, 0x47, 22, 0]),
    Buffer.from(`${size.toString(16).padStart(16, '0')}STARGZ`),
    Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]);
  return { layer: Buffer.concat([...members, index, footer]), tocDigest: digest(json) };
}

/** A zstd:chunked layer as containers/storage writes it: frames for headers and for contents, and the index in a skippable frame. */
export function zstdChunked(files: Files): { layer: Buffer; annotations: Record<string, string> } {
  const zstd = (bytes: Buffer): Buffer => execFileSync('zstd', ['-q', '-c'], { input: bytes, maxBuffer: 1 << 28 });
  const parts: Buffer[] = [];
  const entries: TocEntry[] = [];
  let size = 0;
  const put = (part: Buffer): void => {
    parts.push(part);
    size += part.length;
  };
  let between: Buffer = Buffer.alloc(0);
  for (const [name, content] of Object.entries(files)) {
    const { blocks, toc, body } = entryBlocks(name, content);
    entries.push(toc);
    put(zstd(Buffer.concat([between, blocks.subarray(0, 512)])));
    if (body.length > 0) {
      toc.offset = size;
      put(zstd(body.subarray(0, chunkSize)));
      if (body.length > chunkSize) {
        Object.assign(toc, { chunkSize });
        entries.push({ name, type: 'chunk', offset: size, chunkOffset: chunkSize, chunkSize: body.length - chunkSize });
        put(zstd(body.subarray(chunkSize)));
      }
      toc.endOffset = size;
    }
    between = blocks.subarray(512 + body.length);
  }
  put(zstd(Buffer.concat([between, tarEnd])));
  const json = Buffer.from(JSON.stringify({ version: 1, entries }));
  const index = zstd(json);
  const position = size + 8;
  const skippable = (data: Buffer): Buffer => {
    const head = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data]);
  };
  put(skippable(index));
  put(skippable(Buffer.alloc(64, 'f')));
  return {
    layer: Buffer.concat(parts),
    annotations: {
      'io.github.containers.zstd-chunked.manifest-position': `${position}:${index.length}:${json.length}:1`,
      'io.github.containers.zstd-chunked.manifest-checksum': digest(index),
    },
  };
}

function entryBlocks(name: string, content: string | Buffer): { blocks: Buffer; toc: TocEntry; body: Buffer } {
  const common = { name, uid: 0, gid: 0, userName: 'root', modtime: '2023-11-14T22:13:20Z' };
  if (name.endsWith('/'))
    return {
      blocks: tarEntry(name, '', { type: '5', mode: 0o755 }),
      body: Buffer.alloc(0),
      toc: { ...common, type: 'dir', mode: 0o40755 },
    };
  if (typeof content === 'string' && content.startsWith('-> ')) {
    const link = content.slice(3);
    return {
      blocks: tarEntry(name, '', { type: '2', link, mode: 0o777 }),
      body: Buffer.alloc(0),
      toc: { ...common, type: 'symlink', mode: 0o120777, linkName: link },
    };
  }
  const body = Buffer.from(content);
  return {
    blocks: tarEntry(name, body),
    body,
    toc: { ...common, type: 'reg', mode: 0o100644, size: body.length, ...(body.length > 0 && { digest: digest(body) }) },
  };
}

/** A plain tar archive of the same content. */
export const plainTar = (files: Files): Buffer =>
  Buffer.concat([...Object.entries(files).map(([name, content]) => entryBlocks(name, content).blocks), tarEnd]);
