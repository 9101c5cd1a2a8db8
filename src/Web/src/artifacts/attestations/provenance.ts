import { asList, asText, dig } from '../decoding/json.ts';
import { digestsOf } from './statement.ts';

/** SLSA provenance of any version. */
export interface Provenance {
  builder?: string;
  buildType?: string;
  /** Source of the build definition. */
  source?: string;
  invocation?: string;
  startedOn?: string;
  finishedOn?: string;
  /** External parameters, chosen by the requester, and internal ones, set by the builder. */
  parameters: [title: string, value: unknown][];
  materials: { uri: string; digests: string[] }[];
  /** Materials beyond those that are listed. */
  moreMaterials: number;
}

const mostMaterials = 500;

/** Of the predicate types https://slsa.dev/provenance/v0.1, v0.2 and v1; undefined for others. */
export function readProvenance(predicateType: string, predicate: unknown): Provenance | undefined {
  if (predicateType === 'https://slsa.dev/provenance/v1') return readV1(predicate);
  return /^https:\/\/slsa\.dev\/provenance\/v0\.[12]$/.test(predicateType) ? readV02(predicate) : undefined;
}

/** https://slsa.dev/spec/v0.2/provenance, and v0.1, where recipe stands for invocation. */
function readV02(predicate: unknown): Provenance {
  return {
    builder: asText(dig(predicate, 'builder', 'id')),
    buildType: asText(dig(predicate, 'buildType')) ?? asText(dig(predicate, 'recipe', 'type')),
    source: asText(dig(predicate, 'invocation', 'configSource', 'uri')),
    invocation: asText(dig(predicate, 'metadata', 'buildInvocationId')) ?? asText(dig(predicate, 'metadata', 'buildInvocationID')),
    startedOn: asText(dig(predicate, 'metadata', 'buildStartedOn')),
    finishedOn: asText(dig(predicate, 'metadata', 'buildFinishedOn')),
    parameters: known([
      ['Parameters', dig(predicate, 'invocation', 'parameters') ?? dig(predicate, 'recipe', 'arguments')],
      ['Environment', dig(predicate, 'invocation', 'environment') ?? dig(predicate, 'recipe', 'environment')],
      ['Build configuration', dig(predicate, 'buildConfig')],
    ]),
    ...materialsOf(dig(predicate, 'materials')),
  };
}

/** https://slsa.dev/spec/v1.0/provenance. */
function readV1(predicate: unknown): Provenance {
  const definition = dig(predicate, 'buildDefinition');
  const details = dig(predicate, 'runDetails');
  const external = dig(definition, 'externalParameters');
  return {
    builder: asText(dig(details, 'builder', 'id')),
    buildType: asText(dig(definition, 'buildType')),
    source:
      asText(dig(external, 'workflow', 'repository')) ??
      asText(dig(external, 'configSource', 'uri')) ??
      asText(dig(external, 'source', 'uri')),
    invocation: asText(dig(details, 'metadata', 'invocationId')) ?? asText(dig(details, 'metadata', 'invocationID')),
    startedOn: asText(dig(details, 'metadata', 'startedOn')),
    finishedOn: asText(dig(details, 'metadata', 'finishedOn')),
    parameters: known([
      ['External parameters', external],
      ['Internal parameters', dig(definition, 'internalParameters')],
      ['Byproducts', dig(details, 'byproducts')],
    ]),
    ...materialsOf(dig(definition, 'resolvedDependencies')),
  };
}

function materialsOf(value: unknown): Pick<Provenance, 'materials' | 'moreMaterials'> {
  const all = asList(value);
  return {
    materials: all.slice(0, mostMaterials).map((material) => ({
      uri: asText(dig(material, 'uri')) ?? asText(dig(material, 'name')) ?? '',
      digests: digestsOf(dig(material, 'digest')),
    })),
    moreMaterials: Math.max(0, all.length - mostMaterials),
  };
}

const known = (all: [string, unknown][]): [string, unknown][] => all.filter(([, value]) => value !== undefined && value !== null);
