import { Fragment } from 'preact';
import { truncateText, escapeInvisibleInLines } from '../../format/invisibleCharacters.ts';
import { formatCount } from '../../format/formatters.ts';

/** Limits: annotations shown at once, and characters of a name and a value. There may be thousands. */
const maxShown = 100;
const maxName = 500;
const maxValue = 2000;

/** The annotations of a manifest, shown as text, because they are untrusted. */
export function Annotations({
  annotations,
  level = 2,
  title = 'Annotations',
}: {
  annotations: Readonly<Record<string, string>> | undefined;
  level?: 2 | 3;
  title?: string;
}) {
  const entries = Object.entries(annotations ?? {});
  if (entries.length === 0) return null;
  const Heading = `h${level}` as const;
  return (
    <section>
      <Heading>{title}</Heading>
      <dl class="facts long">
        {entries.slice(0, maxShown).map(([name, value]) => (
          <Fragment key={name}>
            <dt>
              <code class="break">{truncateText(name, maxName)}</code>
            </dt>
            <dd class="asis">
              <Value of={value} />
            </dd>
          </Fragment>
        ))}
      </dl>
      {entries.length > maxShown && <p class="muted">{formatCount(entries.length - maxShown)} more are not shown.</p>}
    </section>
  );
}

function Value({ of }: { of: string }) {
  const cut = of.length > maxValue;
  // Only values that are URLs become links; any other text remains text.
  const address = !cut && /^https?:\/\/[^\s<>"']+$/.test(of) && URL.canParse(of) ? of : undefined;
  return (
    <>
      {address ? (
        <a href={address} rel="noopener noreferrer nofollow">
          {escapeInvisibleInLines(of)}
        </a>
      ) : (
        escapeInvisibleInLines(of.slice(0, maxValue))
      )}
      {cut && <span class="muted"> … and {formatCount(of.length - maxValue)} more characters</span>}
    </>
  );
}
