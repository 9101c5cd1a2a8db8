import { join } from '../../api/streams.ts';
import { ByteReader, MalformedError } from './byteReader.ts';

/** A value with a tag, such as 18 for COSE_Sign1 (RFC 9052, section 2). */
export interface Tagged {
  tag: number;
  value: Cbor;
}

/** The subset of RFC 8949 that COSE signatures use. */
export type Cbor = number | string | boolean | null | Uint8Array | Cbor[] | Map<Cbor, Cbor> | Tagged;

const deepest = 16;
const mostItems = 10_000;

/** Decodes a single value. Throws a MalformedError if the bytes are malformed or exceed the limits. */
export function readCbor(bytes: Uint8Array): Cbor {
  const reader = new ByteReader(bytes, false);
  let items = 0;
  const value = (depth: number): Cbor => {
    if (depth > deepest || ++items > mostItems) throw new MalformedError('it is nested too deeply or has too many parts');
    const first = reader.u8();
    const major = first >> 5;
    if (major === 7) return simple(first & 31);
    const count = length(first & 31);
    switch (major) {
      case 0:
        return count;
      case 1:
        return -1 - count;
      case 2:
        return reader.bytes(count);
      case 3:
        return reader.text(count);
      case 4:
        return list(count, depth);
      case 5:
        return map(count, depth);
      default:
        return { tag: count, value: value(depth + 1) };
    }
  };
  const length = (information: number): number => {
    if (information < 24) return information;
    if (information === 24) return reader.u8();
    if (information === 25) return reader.u16();
    if (information === 26) return reader.u32();
    if (information === 27) return reader.u64();
    throw new MalformedError('it has parts of indefinite length');
  };
  const simple = (information: number): Cbor => {
    if (information === 20 || information === 21) return information === 21;
    if (information === 22 || information === 23) return null;
    throw new MalformedError('it has a value that signatures have not');
  };
  // Every item takes at least one byte, so a greater count is malformed. Refused before memory is allocated.
  const enough = (count: number): void => {
    if (count > reader.left) throw new MalformedError('it ends early');
  };
  const list = (count: number, depth: number): Cbor[] => {
    enough(count);
    const made: Cbor[] = [];
    for (let index = 0; index < count; index++) made.push(value(depth + 1));
    return made;
  };
  const map = (count: number, depth: number): Map<Cbor, Cbor> => {
    enough(count);
    const made = new Map<Cbor, Cbor>();
    for (let index = 0; index < count; index++) {
      const key = value(depth + 1);
      made.set(key, value(depth + 1));
    }
    return made;
  };
  const whole = value(0);
  if (reader.left > 0) throw new MalformedError('something follows it');
  return whole;
}

/** The signed content of a COSE_Sign1 signature: its Sig_structure without external data (RFC 9052, section 4.4). */
export function signedStructure(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const context = new TextEncoder().encode('Signature1');
  const parts = [
    Uint8Array.of(0x84),
    head(3, context.length),
    context,
    head(2, protectedHeader.length),
    protectedHeader,
    head(2, 0),
    head(2, payload.length),
    payload,
  ];
  return join(parts);
}

function head(major: number, length: number): Uint8Array {
  const type = major << 5;
  if (length < 24) return Uint8Array.of(type | length);
  if (length < 0x100) return Uint8Array.of(type | 24, length);
  if (length < 0x10000) return Uint8Array.of(type | 25, length >> 8, length & 255);
  return Uint8Array.of(type | 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
}
