import type { Content } from '../../api/content.ts';
import type { Descriptor } from '../../oci/types.ts';
import { StreamReader } from '../bytes/byteReader.ts';
import { gunzipMembers } from '../compression/members.ts';
import type { Entry } from '../entry.ts';
import { LayerError } from '../layerError.ts';
import { maxIndex, maxPackedIndex } from '../limits.ts';
import { readTar } from '../tar/readTar.ts';
import { entriesOf } from './toc.ts';
import { once, verifyToc } from './verifyToc.ts';

const annotation = 'containerd.io/snapshot/stargz/toc.digest';
const indexName = 'stargz.index.json';
const footerSize = 51;

/** The digest of the table of contents of an eStargz layer; undefined if the descriptor has none. */
export const stargzDigest = (descriptor: Descriptor): string | undefined => descriptor.annotations?.[annotation];

/** The entries of an eStargz layer, from its table of contents (eStargz, "TOC, TOCEntries and Footer"). */
export async function stargzEntries(content: Content, digest: string, signal?: AbortSignal): Promise<Entry[]> {
  const footer = await content.read(Math.max(0, content.size - footerSize), content.size, signal);
  const start = footerOffset(footer);
  const end = content.size - footerSize;
  if (start === undefined || start >= end) throw new LayerError('The layer is declared as eStargz, but has no eStargz footer.');
  if (end - start > maxPackedIndex) throw new LayerError('The index of the layer exceeds the limit of the web UI.');
  const json = await tableOfContents(await content.read(start, end, signal));
  await verifyToc(json, digest);
  return entriesOf(json, start).filter((entry) => !landmarks.has(entry.path));
}

const landmarks = new Set(['.prefetch.landmark', '.no.prefetch.landmark']);

/** Offset of the table of contents, from the footer: an empty gzip member with an extra field. */
export function footerOffset(footer: Uint8Array): number | undefined {
  const begin = [0x1f, 0x8b, 8, 4];
  const extra = [26, 0, 0x53, 0x47, 22, 0];
  if (
    footer.length !== footerSize ||
    !begin.every((byte, at) => footer[at] === byte) ||
    !extra.every((byte, at) => footer[10 + at] === byte)
  )
    return undefined;
  const match = /^([0-9a-f]{16})STARGZ$/.exec(String.fromCharCode(...footer.subarray(16, 38)));
  const offset = match ? Number.parseInt(match[1]!, 16) : Number.NaN;
  return Number.isSafeInteger(offset) ? offset : undefined;
}

async function tableOfContents(packed: Uint8Array): Promise<Uint8Array> {
  const bytes = new StreamReader(gunzipMembers(once(packed)));
  for await (const entry of readTar(bytes)) {
    if (entry.path !== indexName || entry.size > maxIndex) break;
    const json = (await bytes.read(entry.size)).slice();
    if (json.length === entry.size) return json;
    break;
  }
  throw new LayerError('The index of the layer cannot be read.');
}
