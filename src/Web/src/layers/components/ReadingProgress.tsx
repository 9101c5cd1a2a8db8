import { formatBytes, formatCount } from '../../format/formatters.ts';

/** Progress of reading, with a button to stop. */
export function ReadingProgress({
  transferred,
  total,
  entries,
  what,
  onStop,
}: {
  transferred: number;
  total: number;
  entries: number;
  what: string;
  onStop: () => void;
}) {
  return (
    <div class="tools reading">
      <progress aria-label={`Reading ${what}`} value={Math.min(transferred, total)} max={Math.max(total, 1)} />
      <span>
        {formatBytes(transferred)} of {formatBytes(total)}, {formatCount(entries)} {entries === 1 ? 'entry' : 'entries'}
      </span>
      <button type="button" onClick={onStop}>
        Stop
      </button>
    </div>
  );
}
