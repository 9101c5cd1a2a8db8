import { formatAge, formatTime } from '../format/formatters.ts';

/** How long ago something was, with the time itself for those who point at it; a dash where it is not known. */
export function Age({ time }: { time: Date | undefined }) {
  if (time === undefined || Number.isNaN(time.getTime())) return <span class="muted">–</span>;
  return (
    <time dateTime={time.toISOString()} title={formatTime(time)}>
      {formatAge(time)}
    </time>
  );
}
