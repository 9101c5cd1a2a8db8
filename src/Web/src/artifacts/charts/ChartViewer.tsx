import { useState } from 'preact/hooks';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { ErrorBoundary } from '../../components/ErrorBoundary.tsx';
import type { ViewerProps } from '../types.ts';
import { mediaTypes } from '../labels.ts';
import { Markdown } from '../markdown/Markdown.tsx';
import { parseJson } from '../decoding/json.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { TextView } from '../TextView.tsx';
import { readChart, type Chart } from './chart.ts';
import { ChartFacts } from './ChartFacts.tsx';

/** Larger charts, as they are stored, are not read. In bytes. */
const largest = 20 * 1024 * 1024;
/** In UTF-16 code units. */
const longestPath = 500;

/** A Helm chart: its facts, README, values and templates. */
export function ChartViewer({ repository, manifest }: ViewerProps) {
  const { config, layers = [] } = manifest.document;
  const layer = layers.find(({ mediaType }) => mediaType === mediaTypes.helmChart) ?? layers[0];
  const facts = useLoad(
    async (signal) => (config ? parseJson(await repository.blob(config).bytes(1024 * 1024, signal)) : {}),
    [repository, config?.digest],
  );
  const chart = useLoad(
    async (signal) => {
      if (layer === undefined) throw new Error('The manifest references no archive.');
      return readChart(await repository.blob(layer).bytes(largest, signal));
    },
    [repository, layer?.digest],
  );
  const hasProvenance = layers.some(({ mediaType }) => mediaType.startsWith('application/vnd.cncf.helm.chart.provenance'));
  return (
    <>
      <Loaded state={facts} what="the facts of the chart">
        {(read) => <ChartFacts chart={read} />}
      </Loaded>
      {hasProvenance && <p class="muted">It comes with a provenance file, signed with PGP, which was not checked.</p>}
      <Loaded state={chart} what="the chart">
        {(read) => <Files chart={read} />}
      </Loaded>
    </>
  );
}

function Files({ chart }: { chart: Chart }) {
  return (
    <>
      {chart.readme !== undefined && (
        <details open>
          <summary>README</summary>
          <ErrorBoundary>{chart.isMarkdown ? <Markdown text={chart.readme} /> : <TextView text={chart.readme} />}</ErrorBoundary>
        </details>
      )}
      {chart.values !== undefined && <File title="values.yaml" text={chart.values} />}
      <section>
        <h3>Files</h3>
        <ul class="files">
          {chart.files.map(({ path, size, text }, index) => (
            <li key={index}>
              {text === undefined ? (
                <>
                  {truncateText(path, longestPath)} <span class="muted">{formatBytes(size)}</span>
                </>
              ) : (
                <File title={path} size={size} text={text} />
              )}
            </li>
          ))}
        </ul>
        {chart.moreFiles > 0 && <p class="problem">{formatCount(chart.moreFiles)} files more are not listed.</p>}
      </section>
    </>
  );
}

/** A file, whose content is rendered when it is opened: all files together may be very large. */
function File({ title, size, text }: { title: string; size?: number; text: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {truncateText(title, longestPath)} {size !== undefined && <span class="muted">{formatBytes(size)}</span>}
      </summary>
      {open && <TextView text={text} />}
    </details>
  );
}
