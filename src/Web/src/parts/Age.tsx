import { formatAge, formatTime } from './format.ts';

/** How long ago something was, with the time itself for those who point at it; a dash where it is not known. */
export function Age({ of }: { of: Date | undefined }) {
  if (of === undefined || Number.isNaN(of.getTime())) return <span class="muted">–</span>;
  return (
    <time dateTime={of.toISOString()} title={formatTime(of)}>
      {formatAge(of)}
    </time>
  );
}
