import type { Usage } from '../../api/usage.ts';
import { formatBytes } from '../../parts/format.ts';

/** What has come or gone in the last days, such as +1.4 MiB; a dash where it is not known. */
export function growthOf({ history }: Usage, days: number): string {
  const last = history[history.length - 1];
  if (last === undefined) return '–';
  const since = Date.parse(last.day) - days * 86_400_000;
  // The size on a day is that of the last point up to it.
  const before = history.findLast((point) => Date.parse(point.day) <= since) ?? history[0]!;
  if (before === last) return '–';
  const change = last.bytes - before.bytes;
  return `${change < 0 ? '−' : '+'}${formatBytes(Math.abs(change))}`;
}
