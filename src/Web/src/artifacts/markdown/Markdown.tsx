import { useMemo } from 'preact/hooks';
import { TextView } from '../TextView.tsx';
import { readMarkdown } from './readMarkdown.ts';
import { Blocks } from './tokens.tsx';

/** Markdown of anyone: its tokens become elements of a few types; HTML in it stays text, and pictures are not fetched. */
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
