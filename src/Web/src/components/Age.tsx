import { formatAge, formatTime } from '../format/formatters.ts';

/** The age of something, with the exact time as tooltip; a dash if it is not known. */
export function Age({ time }: { time: Date | undefined }) {
  if (time === undefined || Number.isNaN(time.getTime())) return <span class="muted">–</span>;
  return (
    <time dateTime={time.toISOString()} title={formatTime(time)}>
      {formatAge(time)}
    </time>
  );
}
