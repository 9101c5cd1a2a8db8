import { ByteReader, MalformedError } from '../decoding/byteReader.ts';
import type { WasmName } from './wasm.ts';
import { countIn } from './wasmSections.ts';

const sorts = ['core', 'func', 'value', 'type', 'component', 'instance'];

/**
 * Imports or exports of a component (https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md, "Import and Export
 * Definitions").
 */
export function readComponentNames(reader: ByteReader, areExports: boolean): WasmName[] {
  const names: WasmName[] = [];
  for (let left = countIn(reader); left > 0; left--) {
    if (reader.u8() > 1) throw new MalformedError('it has names of a kind that is not known');
    const name = reader.text(reader.leb());
    if (!areExports) {
      names.push({ name, type: externType(reader) });
      continue;
    }
    const sort = reader.u8();
    const type = sort === 0 ? `core ${reader.u8() === 0x11 ? 'module' : 'definition'}` : (sorts[sort] ?? `sort ${sort}`);
    reader.leb();
    names.push({ name, type });
    // An export may also state its type.
    const hasType = reader.u8();
    if (hasType === 1) externType(reader);
    else if (hasType !== 0) throw new MalformedError('it has an export of a form that is not known');
  }
  return names;
}

function externType(reader: ByteReader): string {
  const kind = reader.u8();
  if (kind === 0) {
    reader.u8();
    reader.leb();
    return 'core module';
  }
  // Of a type: equal to another, or any (then nothing follows). Of a value: equal to another, or of a type.
  const isBound = kind === 2 || kind === 3;
  const bound = isBound ? reader.u8() : 0;
  if (!(kind === 3 && bound === 1)) reader.leb();
  if (sorts[kind] === undefined) throw new MalformedError(`it has an import of the unknown kind ${kind}`);
  return sorts[kind];
}
