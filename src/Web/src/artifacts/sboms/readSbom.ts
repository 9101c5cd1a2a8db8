import { asText, dig } from '../decoding/json.ts';
import type { Sbom } from './types.ts';
import { readCycloneDx } from './cyclonedx.ts';
import { readSpdx2 } from './spdx2.ts';
import { readSpdx3 } from './spdx3.ts';

/** Reads an SBOM from a JSON value; undefined if it is none. */
export function readSbom(value: unknown): Sbom | undefined {
  if (asText(dig(value, 'spdxVersion'))?.startsWith('SPDX-')) return readSpdx2(value);
  if (dig(value, 'bomFormat') === 'CycloneDX') return readCycloneDx(value);
  if (asText(dig(value, '@context'))?.startsWith('https://spdx.org/rdf/3.')) return readSpdx3(value);
  return undefined;
}
