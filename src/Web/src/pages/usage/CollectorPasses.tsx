import { isForbidden, isMissing } from '../../api/errors.ts';
import { registry } from '../../api/registry.ts';
import type { Collection } from '../../api/usage.ts';
import { Age } from '../../components/Age.tsx';
import { formatBytes, formatCount, formatDuration } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';

/** Maximum number of lines of a pass that are shown. */
const maxLines = 200;

/** The latest passes of the garbage collector: what each freed, and why. */
export function CollectorPasses() {
  const load = useLoad((signal) => registry.collections(signal), []);
  if (isMissing(load.error) || isForbidden(load.error)) return null;
  return (
    <section aria-labelledby="passes">
      <h2 id="passes">Collector passes</h2>
      <Loaded state={load} what="the passes">
        {(passes) =>
          passes.length === 0 ? (
            <p>There has been no pass yet.</p>
          ) : (
            <>
              {passes.map((pass, i) => (
                <Pass key={i} pass={pass} open={i === 0} />
              ))}
            </>
          )
        }
      </Loaded>
    </section>
  );
}

function Pass({ pass, open }: { pass: Collection; open: boolean }) {
  return (
    <details class="raised" open={open}>
      <summary>
        <Age time={pass.began} />: {formatBytes(pass.freedBytes)} freed {pass.dryRun && <span class="badge">dry run</span>}
        {!pass.complete && <span class="badge">not complete</span>}
      </summary>
      <dl class="facts">
        <dt>Worked</dt>
        <dd>{pass.worked === undefined ? '–' : formatDuration(pass.worked)}</dd>
        {pass.stopReason !== undefined && (
          <>
            <dt>Stopped because</dt>
            <dd>{pass.stopReason}</dd>
          </>
        )}
        <dt>Freed</dt>
        <dd>{formatBytes(pass.freedBytes)}</dd>
        <dt>To be freed next</dt>
        <dd>{formatBytes(pass.markedForDeletionBytes)}</dd>
        <dt>Stored</dt>
        <dd>{formatBytes(pass.storedBytes)}</dd>
      </dl>
      {pass.lines.length > 0 && (
        <ScrollArea label="Lines of the pass">
          <table>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Outcome</th>
                <th scope="col">Because</th>
                <th scope="col" class="number">
                  Number
                </th>
                <th scope="col" class="number">
                  Bytes
                </th>
              </tr>
            </thead>
            <tbody>
              {pass.lines.slice(0, maxLines).map((line, i) => (
                <tr key={i}>
                  <td>{line.kind}</td>
                  <td>{line.outcome}</td>
                  <td>{line.reason}</td>
                  <td class="number">{formatCount(line.count)}</td>
                  <td class="number">{formatBytes(line.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {pass.lines.length > maxLines && <p class="muted">{formatCount(pass.lines.length - maxLines)} more lines are not shown.</p>}
    </details>
  );
}
