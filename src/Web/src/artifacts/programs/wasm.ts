import { ByteReader, MalformedError } from '../decoding/byteReader.ts';
import { readComponentNames } from './wasmComponent.ts';
import { addTo, readExports, readFunctions, readImports, readProducers, readTypes } from './wasmSections.ts';

/** A part of a WebAssembly binary. Offset and size of its content, in bytes. */
export interface WasmSection {
  /** Such as import; for a custom section its own name. */
  name: string;
  isCustom: boolean;
  offset: number;
  size: number;
}

/** An import or export. */
export interface WasmName {
  /** Module of an import; undefined for exports and components. */
  module?: string;
  name: string;
  /** Such as func (i32, i32) → i32. */
  type: string;
}

export interface Wasm {
  /** A component contains modules and declares interfaces (https://component-model.bytecodealliance.org/). */
  isComponent: boolean;
  sections: WasmSection[];
  imports: WasmName[];
  exports: WasmName[];
  /** Languages and tools that produced it: https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md. */
  producers: [field: string, values: string][];
  /** Parts that could not be read, and why. */
  problems: string[];
}

const coreNames = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
  'tag',
];
const componentNames = [
  'custom',
  'core module',
  'core instance',
  'core type',
  'component',
  'instance',
  'alias',
  'type',
  'canon',
  'start',
  'import',
  'export',
  'value',
];
const mostSections = 1000;
/** Of a section. In UTF-16 code units. */
const longestName = 500;

/**
 * Reads a module or component (WebAssembly, section 5.5; component model, Binary.md). Throws a MalformedError for other files; damage is
 * reported in problems.
 */
export function readWasm(bytes: Uint8Array): Wasm {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== 0x6d736100) throw new MalformedError('it does not begin as WebAssembly does');
  reader.u16();
  const isComponent = reader.u16() === 1;
  const wasm: Wasm = { isComponent, sections: [], imports: [], exports: [], producers: [], problems: [] };
  const functionTypes: string[] = [];
  const functions: number[] = [];
  const read = (id: number, content: ByteReader): void => {
    if (isComponent) {
      if (id === 10 || id === 11) addTo(id === 10 ? wasm.imports : wasm.exports, readComponentNames(content, id === 11));
    } else if (id === 1) addTo(functionTypes, readTypes(content));
    else if (id === 2) addTo(wasm.imports, readImports(content, functionTypes, functions));
    else if (id === 3) readFunctions(content, functions);
    else if (id === 7) addTo(wasm.exports, readExports(content, functionTypes, functions));
  };
  try {
    while (reader.left > 0) {
      if (wasm.sections.length >= mostSections) throw new MalformedError(`it has more than ${mostSections} sections`);
      const id = reader.u8();
      const size = reader.leb();
      const offset = reader.at;
      const content = new ByteReader(reader.bytes(size));
      const section = { name: (isComponent ? componentNames : coreNames)[id] ?? `section ${id}`, isCustom: id === 0, offset, size };
      wasm.sections.push(section);
      try {
        if (id === 0) section.name = content.text(content.leb()).slice(0, longestName);
        if (id === 0 && section.name === 'producers') wasm.producers = readProducers(content);
        read(id, content);
      } catch (error) {
        wasm.problems.push(`Section ${section.name}: ${(error as Error).message}`);
      }
    }
  } catch (error) {
    wasm.problems.push((error as Error).message);
  }
  return wasm;
}
