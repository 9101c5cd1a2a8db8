import { ByteReader } from '../decoding/byteReader.ts';

/**
 * Fulcio's certificate extensions: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. Values up to 6 are raw text, the later
 * ones DER.
 */
const meanings: Record<number, string> = {
  1: 'OIDC issuer',
  2: 'Workflow trigger',
  3: 'Workflow commit',
  4: 'Workflow name',
  5: 'Workflow repository',
  6: 'Workflow ref',
  8: 'OIDC issuer',
  9: 'Build signer',
  10: 'Build signer digest',
  11: 'Runner environment',
  12: 'Source repository',
  13: 'Source repository digest',
  14: 'Source repository ref',
  15: 'Source repository identifier',
  16: 'Source repository owner',
  17: 'Source repository owner identifier',
  18: 'Build configuration',
  19: 'Build configuration digest',
  20: 'Build trigger',
  21: 'Run',
  22: 'Source repository visibility',
};

const arc = '1.3.6.1.4.1.57264.1.';
const utf8String = 0x0c;

/** The fact in an extension of Fulcio, by its object identifier and value; undefined for unknown extensions. */
export function fulcioFact(oid: string, value: Uint8Array): [meaning: string, text: string] | undefined {
  if (!oid.startsWith(arc)) return undefined;
  const number = Number(oid.slice(arc.length));
  const meaning = meanings[number];
  if (meaning === undefined) return undefined;
  return [meaning, number <= 6 ? new TextDecoder().decode(value) : derText(value)];
}

/** The text of a DER UTF8String; of anything else its bytes as text. */
function derText(value: Uint8Array): string {
  try {
    const reader = new ByteReader(value, false);
    if (reader.u8() === utf8String) {
      const short = reader.u8();
      const length = short < 0x80 ? short : short === 0x81 ? reader.u8() : short === 0x82 ? reader.u16() : -1;
      if (length === reader.left) return reader.text(length);
    }
  } catch {
    // Malformed, so it is shown unchanged.
  }
  return new TextDecoder().decode(value);
}
