import type { ComponentChildren } from 'preact';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import type { Cost, ImageProgress } from '../readImage.ts';
import { ReadingProgress } from './ReadingProgress.tsx';
import type { LongReading } from '../hooks/useReading.ts';

interface Props<Result> {
  task: { reading: LongReading<Result, ImageProgress>; start: () => void; stop: () => void };
  cost: Cost;
  /** Label of the button. */
  action: string;
  children: (result: Result) => ComponentChildren;
}

/** Asks before reading much data, shows progress, and then the result. */
export function ReadOnDemand<Result>({ task: { reading, start, stop }, cost, action, children }: Props<Result>) {
  const { state, progress, result, error } = reading;
  if (state === 'reading') {
    return (
      <>
        {progress && (
          <p class="muted">
            Layer {progress.layer} of {progress.layers}
          </p>
        )}
        <ReadingProgress
          transferred={progress?.bytes ?? 0}
          total={cost.bytes}
          entries={progress?.entries ?? 0}
          what="layers"
          onStop={stop}
        />
      </>
    );
  }
  if (state === 'done') return <>{children(result!)}</>;
  return (
    <>
      {state === 'failed' && (
        <p role="alert" class="problem">
          The layers could not be read: {error?.message}
        </p>
      )}
      {state === 'stopped' && <p role="status">Reading was stopped.</p>}
      <p class="tools">
        <button type="button" onClick={start}>
          {action}
        </button>
        <span class="muted">{told(cost)}</span>
      </p>
    </>
  );
}

function told({ layers, indexed, bytes }: Cost): string {
  const whole = layers - indexed;
  const parts = [];
  if (whole > 0) parts.push(`reads ${whole === 1 ? 'a layer' : `${formatCount(whole)} layers`} of ${formatBytes(bytes)}`);
  if (indexed > 0) parts.push(`reads the index of ${indexed === 1 ? 'a layer' : `${formatCount(indexed)} layers`}`);
  return parts.length === 0 ? 'There are no layers.' : `This ${parts.join(', and ')}.`;
}
