import { useMemo } from 'preact/hooks';
import { TextView } from '../TextView.tsx';
import { readMarkdown } from './readMarkdown.ts';
import { Blocks } from './tokens.tsx';

/** Untrusted Markdown: its tokens become a few types of elements. HTML is shown as text, and images are not fetched. */
export function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => readMarkdown(text), [text]);
  return tokens === undefined ? (
    <TextView text={text} />
  ) : (
    <div class="markdown">
      <Blocks of={tokens} depth={0} />
    </div>
  );
}
