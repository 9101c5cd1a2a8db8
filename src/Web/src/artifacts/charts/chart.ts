import { StreamReader } from '../../layers/bytes/byteReader.ts';
import { readTar } from '../../layers/tar/readTar.ts';
import { decodeText } from '../decoding/text.ts';

/** The files of a Helm chart. */
export interface Chart {
  values?: string;
  readme?: string;
  /** Whether the README is Markdown, by its name. */
  isMarkdown: boolean;
  /** All files, by their path below the folder of the chart. */
  files: ChartFile[];
  /** Files beyond those that are listed. */
  moreFiles: number;
}

export interface ChartFile {
  path: string;
  /** In bytes. */
  size: number;
  /** Undefined if it is not text. */
  text?: string;
}

/** Charts are small: Helm itself refuses larger ones (maximum decompressed size of a chart, 100 MiB; of a file, 5 MiB). */
const largestChart = 100 * 1024 * 1024;
const largestFile = 5 * 1024 * 1024;
const mostFiles = 2000;

/** Reads a chart from its archive, a gzipped tar. */
export async function readChart(archive: Uint8Array): Promise<Chart> {
  const tar = await gunzip(archive);
  const chart: Chart = { isMarkdown: false, files: [], moreFiles: 0 };
  for await (const entry of readTar(new StreamReader(once(tar)))) {
    if (entry.type !== 'file') continue;
    if (chart.files.length >= mostFiles) {
      chart.moreFiles++;
      continue;
    }
    const path = entry.path.slice(entry.path.indexOf('/') + 1);
    const content = entry.size <= largestFile ? tar.subarray(entry.place.skip, entry.place.skip + entry.size) : undefined;
    chart.files.push({ path, size: entry.size, text: content && decodeText(content) });
  }
  const named = (wanted: RegExp) => chart.files.find(({ path }) => wanted.test(path));
  const readme = named(/^readme\.md$/i) ?? named(/^readme(\.txt)?$/i);
  return { ...chart, values: named(/^values\.yaml$/)?.text, readme: readme?.text, isMarkdown: /\.md$/i.test(readme?.path ?? '') };
}

async function gunzip(archive: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of new Blob([new Uint8Array(archive)]).stream().pipeThrough(new DecompressionStream('gzip'))) {
    size += piece.length;
    if (size > largestChart) throw new Error('The chart exceeds the size limit of Helm.');
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
