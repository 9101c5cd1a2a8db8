import { asList, asText, dig } from '../decoding/json.ts';
import { maxPackages, type Package, type Sbom } from './types.ts';

/** https://spdx.github.io/spdx-spec/v3.0.1/, as JSON-LD: a graph of elements, of which the packages are listed. */
export function readSpdx3(document: unknown): Sbom {
  const graph = asList(dig(document, '@graph'));
  const ofType = (type: string): unknown[] => graph.filter((element) => typeOf(element) === type);
  const packages = ofType('software_Package');
  const creation = ofType('CreationInfo')[0];
  const licenses = licensesOf(ofType('Relationship'), graph);
  return {
    format: `SPDX-${asText(dig(creation, 'specVersion')) ?? '3'}`,
    facts: [
      ['Name', asText(dig(ofType('SpdxDocument')[0], 'name'))],
      ['Created', asText(dig(creation, 'created'))],
      ['Files', String(ofType('software_File').length)],
    ],
    packages: packages.slice(0, maxPackages).map((element): Package => ({
      name: asText(dig(element, 'name')) ?? '',
      version: asText(dig(element, 'software_packageVersion')),
      license: licenses.get(dig(element, 'spdxId')),
      purl: asText(dig(element, 'software_packageUrl')),
      supplier: asText(dig(element, 'suppliedBy')),
    })),
    morePackages: Math.max(0, packages.length - maxPackages),
  };
}

const typeOf = (element: unknown): string | undefined => asText(dig(element, 'type')) ?? asText(dig(element, '@type'));

/** License expressions by the element to which a relationship assigns them. */
function licensesOf(relationships: unknown[], graph: unknown[]): Map<unknown, string> {
  const expressions = new Map(graph.map((element) => [dig(element, 'spdxId'), asText(dig(element, 'simplelicensing_licenseExpression'))]));
  const licenses = new Map<unknown, string>();
  for (const relationship of relationships) {
    const type = dig(relationship, 'relationshipType');
    const expression = expressions.get(dig(relationship, 'to', 0));
    if ((type === 'hasConcludedLicense' || type === 'hasDeclaredLicense') && expression !== undefined)
      licenses.set(dig(relationship, 'from'), expression);
  }
  return licenses;
}
