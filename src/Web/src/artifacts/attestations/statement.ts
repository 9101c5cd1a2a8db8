import { asList, asText, dig } from '../decoding/json.ts';
import { members } from '../../oci/untrustedJson.ts';

/** An in-toto statement, v0.1 or v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md. */
export interface Statement {
  type: string;
  subjects: { name?: string; digests: string[] }[];
  /** Subjects beyond those that are listed. */
  moreSubjects: number;
  predicateType: string;
  predicate: unknown;
}

const mostSubjects = 200;
const mostDigests = 10;

/** Whether a JSON value is a statement. */
export const isStatement = (value: unknown): boolean => (asText(dig(value, '_type')) ?? '').startsWith('https://in-toto.io/Statement/');

export function readStatement(value: unknown): Statement {
  const subjects = asList(dig(value, 'subject'));
  return {
    type: asText(dig(value, '_type')) ?? '',
    subjects: subjects
      .slice(0, mostSubjects)
      .map((subject) => ({ name: asText(dig(subject, 'name')), digests: digestsOf(dig(subject, 'digest')) })),
    moreSubjects: Math.max(0, subjects.length - mostSubjects),
    predicateType: asText(dig(value, 'predicateType')) ?? '',
    predicate: dataOf(dig(value, 'predicate')),
  };
}

/** A DigestSet as digests such as sha256:…. */
export function digestsOf(set: unknown): string[] {
  return Object.entries(members(set))
    .slice(0, mostDigests)
    .flatMap(([algorithm, hex]) => (typeof hex === 'string' ? [`${algorithm}:${hex}`] : []));
}

/** cosign wraps some predicates: their JSON is text in Data. */
function dataOf(predicate: unknown): unknown {
  const data = typeof predicate === 'string' ? predicate : dig(predicate, 'Data');
  if (typeof data !== 'string') return predicate;
  try {
    return JSON.parse(data);
  } catch {
    return predicate;
  }
}
