import type { Usage, UsageOfDay } from '../../api/usage.ts';
import { formatBytes } from '../../format/formatters.ts';

/** Growth in the last days, such as +1.4 MiB; a dash if it is not known. */
export function growthOf({ history }: Usage, days: number): string {
  const last = history[history.length - 1];
  if (last === undefined) return '–';
  const since = Date.parse(last.day) - days * 86_400_000;
  // The size on a day is that of the last point up to that day.
  const before = history.findLast((point) => Date.parse(point.day) <= since) ?? history[0]!;
  if (before === last) return '–';
  const change = last.bytes - before.bytes;
  return `${change < 0 ? '−' : '+'}${formatBytes(Math.abs(change))}`;
}

/** Total size of all repositories on each day with a measurement. Days without a point use the last point before. */
export function totalHistory(usages: readonly Usage[]): UsageOfDay[] {
  const days = [...new Set(usages.flatMap(({ history }) => history.map((point) => point.day)))].sort();
  const totals = days.map((day) => ({ day, bytes: 0, manifests: 0 }));
  for (const { history } of usages) {
    let next = 0;
    for (const total of totals) {
      while (next < history.length && history[next]!.day <= total.day) next++;
      const point = history[next - 1];
      if (point === undefined) continue;
      total.bytes += point.bytes;
      total.manifests += point.manifests;
    }
  }
  return totals;
}
