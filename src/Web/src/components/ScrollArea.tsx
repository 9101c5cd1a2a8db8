import type { ComponentChildren } from 'preact';

/** Scrollable container for content that may be wider than the page; also scrolls by keyboard. */
export function ScrollArea({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
