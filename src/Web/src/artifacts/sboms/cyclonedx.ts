import { asList, asText, dig } from '../decoding/json.ts';
import { maxPackages, type Package, type Sbom } from './types.ts';

/** https://cyclonedx.org/docs/1.6/json/. Components may be nested; all are listed. */
export function readCycloneDx(document: unknown): Sbom {
  const main = dig(document, 'metadata', 'component');
  const { packages, more } = flatten(asList(dig(document, 'components')));
  return {
    format: `CycloneDX ${asText(dig(document, 'specVersion')) ?? ''}`.trim(),
    facts: [
      ['Of', [asText(dig(main, 'name')), asText(dig(main, 'version'))].filter((part) => part).join(' ')],
      ['Serial number', asText(dig(document, 'serialNumber'))],
      ['Version', asText(dig(document, 'version'))],
      ['Created', asText(dig(document, 'metadata', 'timestamp'))],
      ['Created by', toolsOf(dig(document, 'metadata', 'tools'))],
      [
        'Vulnerabilities',
        Array.isArray(dig(document, 'vulnerabilities')) ? String(asList(dig(document, 'vulnerabilities')).length) : undefined,
      ],
    ],
    packages,
    morePackages: more,
  };
}

function flatten(components: unknown[]): { packages: Package[]; more: number } {
  const packages: Package[] = [];
  let more = 0;
  // Depth-first with a stack, so that nested components follow their parent.
  const waiting = components.toReversed();
  while (waiting.length > 0) {
    const component = waiting.pop();
    if (packages.length < maxPackages) packages.push(packageOf(component));
    else more++;
    for (const inner of asList(dig(component, 'components')).toReversed()) waiting.push(inner);
  }
  return { packages, more };
}

function packageOf(component: unknown): Package {
  const group = asText(dig(component, 'group'));
  const name = asText(dig(component, 'name')) ?? '';
  return {
    name: group === undefined ? name : `${group}/${name}`,
    version: asText(dig(component, 'version')),
    license: asList(dig(component, 'licenses'))
      .slice(0, 10)
      .map(
        (license) => asText(dig(license, 'expression')) ?? asText(dig(license, 'license', 'id')) ?? asText(dig(license, 'license', 'name')),
      )
      .filter((license) => license)
      .join(', '),
    purl: asText(dig(component, 'purl')),
    supplier: asText(dig(component, 'supplier', 'name')) ?? asText(dig(component, 'publisher')),
  };
}

/** A list of tools, or since 1.5 an object with components. */
function toolsOf(tools: unknown): string {
  const all = Array.isArray(tools) ? tools : asList(dig(tools, 'components'));
  return all
    .slice(0, 20)
    .map((tool) => [asText(dig(tool, 'name')), asText(dig(tool, 'version'))].filter((part) => part).join(' '))
    .filter((tool) => tool)
    .join(', ');
}
