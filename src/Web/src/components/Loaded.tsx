import type { ComponentChildren } from 'preact';
import type { LoadState } from '../hooks/useLoad.ts';

/** Renders a loaded value; a status while it is pending, or an alert with the error. */
export function Loaded<T>({ state, what, children }: { state: LoadState<T>; what: string; children: (value: T) => ComponentChildren }) {
  if (state.error)
    return (
      <p role="alert" class="problem">
        {what.slice(0, 1).toUpperCase()}
        {what.slice(1)} could not be shown: {state.error.message}
      </p>
    );
  if (state.value === undefined)
    return (
      <p role="status" class="waiting">
        Loading {what}…
      </p>
    );
  return <>{children(state.value)}</>;
}
