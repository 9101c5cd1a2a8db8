import type { UsageOfDay } from '../api/usage.ts';
import { formatBytes, formatCount } from '../format/formatters.ts';

const [width, height, margin] = [640, 180, 8];

/** Bytes over days as a line chart, and as a table for accessibility. */
export function GrowthChart({ history }: { history: readonly UsageOfDay[] }) {
  const days = history.map((point) => Date.parse(point.day));
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const most = Math.max(1, ...history.map((point) => point.bytes));
  const x = (day: number) => margin + ((day - first) / Math.max(1, last - first)) * (width - 2 * margin);
  const y = (bytes: number) => height - margin - (bytes / most) * (height - 2 * margin);
  const points = history.map((point, i) => `${x(days[i]!).toFixed(1)},${y(point.bytes).toFixed(1)}`);
  const [begin, end] = [history[0]!, history[history.length - 1]!];
  const described = `Blobs grew from ${formatBytes(begin.bytes)} on ${begin.day} to ${formatBytes(end.bytes)} on ${end.day}.`;
  return (
    <figure class="growth">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={described}>
        <path class="area" d={`M${x(first)},${height - margin}L${points.join('L')}L${x(last)},${height - margin}Z`} />
        <polyline class="line" points={points.join(' ')} />
      </svg>
      <figcaption>
        <span>{begin.day}</span> <span>at most {formatBytes(most)}</span> <span>{end.day}</span>
      </figcaption>
      <details>
        <summary>Growth as a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col" class="number">
                Blobs
              </th>
              <th scope="col" class="number">
                Manifests
              </th>
            </tr>
          </thead>
          <tbody>
            {[...history].reverse().map((point) => (
              <tr key={point.day}>
                <th scope="row">{point.day}</th>
                <td class="number">{formatBytes(point.bytes)}</td>
                <td class="number">{formatCount(point.manifests)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
