import type { Repository } from '../../api/repository.ts';
import { escapeInvisibleInLines } from '../../format/invisibleCharacters.ts';
import { stepsOf } from '../../oci/history.ts';
import type { ImageConfig, StoredManifest } from '../../oci/types.ts';
import { ProportionBar } from '../../components/ProportionBar.tsx';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import { blobPath } from '../../routing/paths.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';

const maxSteps = 300;
/** Characters of a step's command. */
const maxCommand = 4000;

/** The history of an image: each step with its layer. */
export function ImageHistory({ repository, manifest, image }: { repository: Repository; manifest: StoredManifest; image: ImageConfig }) {
  const steps = stepsOf(manifest.document.layers ?? [], image);
  if (steps.length === 0) return null;
  const shown = steps.slice(0, maxSteps);
  const most = Math.max(1, ...shown.map((step) => step.layer?.size ?? 0));
  return (
    <section aria-labelledby="history">
      <h2 id="history">History</h2>
      <ScrollArea label="Steps">
        <table class="history">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Made by</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((step, i) => (
              <tr key={i}>
                <td>
                  {step.layer ? (
                    <>
                      <a href={blobPath(repository.name, manifest.digest, step.layer.digest)}>{`Layer ${step.index! + 1}`}</a>
                      <ProportionBar fraction={step.layer.size / most} />
                    </>
                  ) : (
                    <span class="muted">no files</span>
                  )}
                </td>
                <td class="number">{step.layer ? formatBytes(step.layer.size) : ''}</td>
                <td>
                  {step.createdBy === undefined ? (
                    <span class="muted">{escapeInvisibleInLines((step.comment ?? 'not said').slice(0, maxCommand))}</span>
                  ) : (
                    <code class="break">{escapeInvisibleInLines(step.createdBy.slice(0, maxCommand))}</code>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {steps.length > maxSteps && <p class="muted">{formatCount(steps.length - maxSteps)} more steps are not shown.</p>}
    </section>
  );
}
