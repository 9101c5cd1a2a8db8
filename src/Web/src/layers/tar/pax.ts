import { LayerError } from '../layerError.ts';
import { maxText } from '../limits.ts';

const decoder = new TextDecoder();

/**
 * Records of a pax extended header (POSIX pax, "pax Extended Header"): each is its length in decimal, a space, key=value and a newline.
 * Long values are cut.
 */
export function parsePax(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0, number = 1; at < bytes.length; number++) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 || space - at > 8 ? '' : decoder.decode(bytes.subarray(at, space));
    const length = /^\d+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    // A length of 0 would read the same record forever, whatever follows.
    if (length === 0 || end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a)
      throw new LayerError(`The archive is damaged: record ${number} of an extended header, at byte ${at}, cannot be read.`);
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals <= 0) throw new LayerError(`The archive is damaged: record ${number} of an extended header has no key.`);
    records.set(decoder.decode(record.subarray(0, equals)), decoder.decode(record.subarray(equals + 1, equals + 1 + maxText)));
    at = end;
  }
  return records;
}

/** A nonnegative number of a record, such as a size. */
export function paxNumber(records: Map<string, string>, key: string): number | undefined {
  const text = records.get(key);
  if (text === undefined || text === '') return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new LayerError(`The archive is damaged: ${key} of an extended header is not a number.`);
  return value;
}
