import { ByteReader, MalformedError } from '../decoding/byteReader.ts';
import type { WasmName } from './wasm.ts';

/** Maximum number of entries of one section. */
const mostEntries = 20_000;
const mostFunctions = 1_000_000;
/** Maximum number of parameters of a function, and of values in a producers field. */
const mostParameters = 50;
const mostProducers = 50;

/** Number of entries that follow. Each takes at least one byte, so a greater count than remaining bytes is malformed. */
export function countIn(reader: ByteReader): number {
  const count = reader.leb();
  if (count > reader.left) throw new MalformedError('it ends early');
  if (count > mostEntries) throw new MalformedError(`it has ${count} entries, and no more than ${mostEntries} are read`);
  return count;
}

/** Appends the entries of a section to those of earlier sections of its kind. */
export function addTo<T>(all: T[], more: readonly T[]): void {
  if (all.length + more.length > mostEntries) throw new MalformedError(`no more than ${mostEntries} entries are read`);
  for (const one of more) all.push(one);
}

const valueTypes: Record<number, string> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
  0x7b: 'v128',
  0x70: 'funcref',
  0x6f: 'externref',
};

function valueType(reader: ByteReader): string {
  const code = reader.u8();
  // References to the module's own types (GC proposal) are followed by the type.
  if (code === 0x63 || code === 0x64) return `ref ${reader.leb()}`;
  return valueTypes[code] ?? `type 0x${code.toString(16)}`;
}

const valueTypesOf = (reader: ByteReader): string[] => Array.from({ length: countIn(reader) }, () => valueType(reader));

const listed = (types: string[]): string => [...types.slice(0, mostParameters), ...(types.length > mostParameters ? ['…'] : [])].join(', ');

/** Function types (5.5.4). Parsing stops at any other type. */
export function readTypes(reader: ByteReader): string[] {
  const types: string[] = [];
  for (let left = countIn(reader); left > 0; left--) {
    if (reader.u8() !== 0x60) throw new MalformedError('it has types other than of functions, which are not read');
    const parameters = valueTypesOf(reader);
    const results = valueTypesOf(reader);
    types.push(`(${listed(parameters)})${results.length > 0 ? ` → ${listed(results)}` : ''}`);
  }
  return types;
}

/** 5.5.5. The types of imported functions are added first to those of all functions. */
export function readImports(reader: ByteReader, functionTypes: string[], functions: number[]): WasmName[] {
  const imports: WasmName[] = [];
  for (let left = countIn(reader); left > 0; left--) {
    const module = reader.text(reader.leb());
    const name = reader.text(reader.leb());
    imports.push({ module, name, type: importType(reader, functionTypes, functions) });
  }
  return imports;
}

function importType(reader: ByteReader, functionTypes: string[], functions: number[]): string {
  const kind = reader.u8();
  switch (kind) {
    case 0: {
      const type = reader.leb();
      functions.push(type);
      return `func ${functionTypes[type] ?? `of type ${type}`}`;
    }
    case 1:
      return `table of ${valueType(reader)}, ${limits(reader)}`;
    case 2:
      return `memory, ${limits(reader)} pages`;
    case 3: {
      const type = valueType(reader);
      return `global ${reader.u8() === 1 ? 'mut ' : ''}${type}`;
    }
    case 4: {
      reader.u8();
      return `tag of type ${reader.leb()}`;
    }
    default:
      throw new MalformedError(`it has an import of the unknown kind ${kind}`);
  }
}

function limits(reader: ByteReader): string {
  const hasMost = (reader.u8() & 1) === 1;
  const least = reader.leb();
  return hasMost ? `${least} to ${reader.leb()}` : `at least ${least}`;
}

/** 5.5.6: types of the functions that are not imported. Programs may have more than can be listed. */
export function readFunctions(reader: ByteReader, functions: number[]): void {
  for (let left = reader.leb(); left > 0; left--) {
    if (functions.length >= mostFunctions) throw new MalformedError(`no more than ${mostFunctions} functions are read`);
    functions.push(reader.leb());
  }
}

/** 5.5.10. */
export function readExports(reader: ByteReader, functionTypes: string[], functions: number[]): WasmName[] {
  const exports: WasmName[] = [];
  for (let left = countIn(reader); left > 0; left--) {
    const name = reader.text(reader.leb());
    const kind = reader.u8();
    const index = reader.leb();
    const type = functionTypes[functions[index] ?? -1];
    exports.push({
      name,
      type: kind === 0 ? `func ${type ?? index}` : `${['func', 'table', 'memory', 'global', 'tag'][kind] ?? `kind ${kind}`} ${index}`,
    });
  }
  return exports;
}

export function readProducers(reader: ByteReader): [string, string][] {
  const fields: [string, string][] = [];
  for (let left = countIn(reader); left > 0; left--) {
    const field = reader.text(reader.leb());
    const values = Array.from({ length: countIn(reader) }, () => `${reader.text(reader.leb())} ${reader.text(reader.leb())}`.trim());
    if (fields.length < mostProducers) fields.push([field, listed(values)]);
  }
  return fields;
}
