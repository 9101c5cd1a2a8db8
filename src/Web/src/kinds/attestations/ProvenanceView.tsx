import { formatCount, formatTime } from '../../parts/format.ts';
import { Scroll } from '../../parts/Scroll.tsx';
import { Facts } from '../Facts.tsx';
import { JsonView } from '../JsonView.tsx';
import { cutText } from '../../parts/visible.ts';
import type { Provenance } from './provenance.ts';

/** In UTF-16 code units. */
const longestText = 500;

/** How something was built, by its own account. */
export function ProvenanceView({ provenance }: { provenance: Provenance }) {
  const { materials, moreMaterials, parameters } = provenance;
  return (
    <>
      <Facts
        of={[
          ['Builder', provenance.builder],
          ['Build type', provenance.buildType],
          ['Source', provenance.source],
          ['Invocation', provenance.invocation],
          ['Started', provenance.startedOn && formatTime(provenance.startedOn)],
          ['Finished', provenance.finishedOn && formatTime(provenance.finishedOn)],
        ]}
      />
      {parameters.map(([title, value]) => (
        <details key={title}>
          <summary>{title}</summary>
          <JsonView value={value} />
        </details>
      ))}
      {materials.length > 0 && (
        <Scroll label="Materials">
          <table>
            <caption>
              Made from {formatCount(materials.length + moreMaterials)}
              {moreMaterials > 0 && `, of which ${formatCount(materials.length)} are shown`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Material</th>
                <th scope="col">Digest</th>
              </tr>
            </thead>
            <tbody>
              {materials.map(({ uri, digests }, index) => (
                <tr key={index}>
                  <td>{cutText(uri, longestText)}</td>
                  <td>
                    {digests.map((digest) => (
                      <div key={digest}>
                        <code>{cutText(digest, longestText)}</code>
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}
