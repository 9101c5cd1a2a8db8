import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** The visit that a heading was focused for: none for the first, which is the browser's own. */
let announced = 0;

/** A page's heading and content. On arrival from another page the heading takes the focus, so that it is read. */
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
  /** Where the page belongs: links to what it is a part of. */
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
