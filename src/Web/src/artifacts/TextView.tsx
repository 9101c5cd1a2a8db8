import { useState } from 'preact/hooks';
import { formatCount } from '../format/formatters.ts';
import { escapeInvisibleInLines } from '../format/invisibleCharacters.ts';

/** Larger texts make browsers slow. In UTF-16 code units. */
const pageLength = 200_000;

/** Text with control characters made visible; long text is shown in parts. */
export function TextView({ text }: { text: string }) {
  const [shown, setShown] = useState(pageLength);
  return (
    <>
      <pre class="text" tabIndex={0}>
        {escapeInvisibleInLines(text.slice(0, shown))}
      </pre>
      {text.length > shown && (
        <p class="tools">
          <span>
            {formatCount(shown)} of {formatCount(text.length)} characters are shown.
          </span>
          <button type="button" onClick={() => setShown(shown + pageLength)}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
