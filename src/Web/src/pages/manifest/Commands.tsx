import { Fragment } from 'preact';
import { commandsFor } from '../../oci/commands.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { CopyableText } from '../../components/CopyableText.tsx';

/** Commands to copy: the first is shown, the others on demand. */
export function Commands({ name, manifest, tag }: { name: string; manifest: StoredManifest; tag?: string }) {
  const [first, ...others] = commandsFor(location.host, location.protocol === 'https:', name, tag, manifest);
  return (
    <section aria-labelledby="get">
      <h2 id="get">Get it</h2>
      <CopyableText label={`line for ${first!.label}`} text={first!.line} />
      <details>
        <summary>More commands</summary>
        <dl class="facts">
          {others.map(({ label, line }) => (
            <Fragment key={label}>
              <dt>{label}</dt>
              <dd>
                <CopyableText label={`line for ${label}`} text={line} />
              </dd>
            </Fragment>
          ))}
        </dl>
      </details>
    </section>
  );
}
