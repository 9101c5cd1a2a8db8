import { formatCount, formatTime } from '../../format/formatters.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { FactList } from '../../components/FactList.tsx';
import { JsonView } from '../JsonView.tsx';
import { truncateText } from '../../format/invisibleCharacters.ts';
import type { Provenance } from './provenance.ts';

/** In UTF-16 code units. */
const longestText = 500;

/** SLSA provenance, as stated by the builder. */
export function ProvenanceView({ provenance }: { provenance: Provenance }) {
  const { materials, moreMaterials, parameters } = provenance;
  return (
    <>
      <FactList
        facts={[
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
        <ScrollArea label="Materials">
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
                  <td>{truncateText(uri, longestText)}</td>
                  <td>
                    {digests.map((digest) => (
                      <div key={digest}>
                        <code>{truncateText(digest, longestText)}</code>
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
    </>
  );
}
