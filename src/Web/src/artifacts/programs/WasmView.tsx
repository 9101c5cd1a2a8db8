import { useMemo } from 'preact/hooks';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import { FactList } from '../../components/FactList.tsx';
import type { DocumentProps } from '../types.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { CollapsibleTable } from './CollapsibleTable.tsx';
import { readWasm, type WasmName } from './wasm.ts';

/** A WebAssembly module or component. Never run or compiled. */
export function WasmView({ bytes }: DocumentProps) {
  const wasm = useMemo(() => readWasm(bytes), [bytes]);
  const rowsOf = (names: WasmName[]) => names.map(({ module, name, type }) => [...(module === undefined ? [] : [module]), name, type]);
  return (
    <>
      {wasm.problems.map((problem, index) => (
        <p key={index} class="problem">
          {truncateText(problem, 500)}
        </p>
      ))}
      <FactList
        facts={[
          ['WebAssembly', wasm.isComponent ? 'component' : 'module'],
          ['Sections', formatCount(wasm.sections.length)],
          ...wasm.producers.map(([field, values]): [string, string] => [`Made with (${field.slice(0, 50)})`, values]),
        ]}
      />
      <CollapsibleTable
        title="Imports"
        heads={wasm.isComponent ? ['Name', 'Type'] : ['Module', 'Name', 'Type']}
        rows={rowsOf(wasm.imports)}
        isOpen
      />
      <CollapsibleTable title="Exports" heads={['Name', 'Type']} rows={rowsOf(wasm.exports)} isOpen />
      <CollapsibleTable
        title="Sections"
        heads={['Section', 'Kind', 'Offset', 'Size']}
        rows={wasm.sections.map(({ name, isCustom, offset, size }) => [
          name,
          isCustom ? 'custom' : '',
          `0x${offset.toString(16)}`,
          formatBytes(size),
        ])}
      />
    </>
  );
}
