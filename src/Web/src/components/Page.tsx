import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** The navigation for which a heading was focused; none for the first, where the browser sets the focus. */
let announced = 0;

/** A page's heading and content. After a navigation the heading gets the focus, so that screen readers read it. */
export function Page({
  title,
  part,
  visit,
  above,
  children,
}: {
  title: string;
  /** Which part of it is shown, for the window's title. */
  part?: string;
  visit: number;
  /** Breadcrumbs: links to what the page is a part of. */
  above?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = [part, title, 'Registry'].filter(Boolean).join(' · ');
  }, [title, part]);
  useEffect(() => {
    if (visit > announced) heading.current?.focus({ preventScroll: true });
    announced = Math.max(announced, visit);
  }, [visit]);
  return (
    <>
      {above !== undefined && (
        <nav class="above" aria-label="Breadcrumb">
          {above}
        </nav>
      )}
      <h1 tabIndex={-1} ref={heading}>
        {title}
      </h1>
      {children}
    </>
  );
}
