import { formatBytes, formatCount } from '../../format/formatters.ts';

/** How far reading is, and a button that ends it. */
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
