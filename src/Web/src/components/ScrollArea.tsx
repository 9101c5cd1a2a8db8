import type { ComponentChildren } from 'preact';

/** Content that may be wider than the page, and is then scrolled by itself: with the keyboard, too. */
export function ScrollArea({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
