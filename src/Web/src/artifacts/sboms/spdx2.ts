import { asList, asText, dig } from '../decoding/json.ts';
import { maxPackages, type Package, type Sbom } from './types.ts';

/** https://spdx.github.io/spdx-spec/v2.3/, as JSON. */
export function readSpdx2(document: unknown): Sbom {
  const packages = asList(dig(document, 'packages'));
  return {
    format: asText(dig(document, 'spdxVersion')) ?? 'SPDX',
    facts: [
      ['Name', asText(dig(document, 'name'))],
      ['Namespace', asText(dig(document, 'documentNamespace'))],
      ['Created', asText(dig(document, 'creationInfo', 'created'))],
      [
        'Created by',
        asList(dig(document, 'creationInfo', 'creators'))
          .slice(0, 20)
          .map(asText)
          .filter((creator) => creator)
          .join(', '),
      ],
      ['License of the document', asText(dig(document, 'dataLicense'))],
      ['Files', countOf(dig(document, 'files'))],
      ['Relationships', countOf(dig(document, 'relationships'))],
    ],
    packages: packages.slice(0, maxPackages).map(packageOf),
    morePackages: Math.max(0, packages.length - maxPackages),
  };
}

function packageOf(value: unknown): Package {
  const purl = asList(dig(value, 'externalRefs')).find((reference) => dig(reference, 'referenceType') === 'purl');
  return {
    name: asText(dig(value, 'name')) ?? '',
    version: asText(dig(value, 'versionInfo')),
    license: stated(dig(value, 'licenseConcluded')) ?? stated(dig(value, 'licenseDeclared')),
    purl: asText(dig(purl, 'referenceLocator')),
    supplier: stated(dig(value, 'supplier')) ?? stated(dig(value, 'originator')),
  };
}

/** SPDX has keywords for unstated values. */
function stated(value: unknown): string | undefined {
  const text = asText(value);
  return text === 'NOASSERTION' || text === 'NONE' ? undefined : text;
}

const countOf = (value: unknown): string | undefined => (Array.isArray(value) ? String(value.length) : undefined);
