import { ScrollArea } from '../../components/ScrollArea.tsx';
import { FactList } from '../../components/FactList.tsx';
import { asList, asText, dig } from '../decoding/json.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { SafeLink } from '../../components/SafeLink.tsx';

const most = 100;

/** Chart.yaml, which is the config of a chart as JSON: https://helm.sh/docs/topics/charts/#the-chartyaml-file. */
export function ChartFacts({ chart }: { chart: unknown }) {
  const text = (name: string) => asText(dig(chart, name));
  const listed = (name: string) => asList(dig(chart, name)).slice(0, most);
  const links = (all: unknown[]) =>
    all.length > 0 &&
    all.map((link, index) => (
      <div key={index}>
        <SafeLink href={asText(link) ?? ''} />
      </div>
    ));
  const dependencies = listed('dependencies');
  return (
    <>
      <FactList
        facts={[
          ['Chart', text('name')],
          ['Version', text('version')],
          ['Application version', text('appVersion')],
          ['Description', text('description')],
          ['Type', text('type')],
          ['Kubernetes', text('kubeVersion')],
          ['Deprecated', dig(chart, 'deprecated') === true && 'yes'],
          ['Home', text('home') && links([text('home')])],
          ['Sources', links(listed('sources'))],
          [
            'Maintainers',
            listed('maintainers')
              .map((maintainer) => [asText(dig(maintainer, 'name')), asText(dig(maintainer, 'email'))].filter((part) => part).join(', '))
              .join('; '),
          ],
          [
            'Keywords',
            listed('keywords')
              .map(asText)
              .filter((keyword) => keyword)
              .join(', '),
          ],
        ]}
      />
      {dependencies.length > 0 && (
        <ScrollArea label="Dependencies">
          <table>
            <caption>Dependencies</caption>
            <thead>
              <tr>
                <th scope="col">Chart</th>
                <th scope="col">Version</th>
                <th scope="col">Repository</th>
                <th scope="col">Condition</th>
              </tr>
            </thead>
            <tbody>
              {dependencies.map((dependency, index) => (
                <tr key={index}>
                  {['name', 'version', 'repository', 'condition'].map((name) => (
                    <td key={name}>{truncateText(asText(dig(dependency, name)) ?? '', 500)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
    </>
  );
}
