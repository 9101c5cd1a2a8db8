import { useMemo } from 'preact/hooks';
import { formatBytes, formatCount } from '../../parts/format.ts';
import { Facts } from '../Facts.tsx';
import type { DocumentProps } from '../kind.ts';
import { cutText } from '../../parts/visible.ts';
import { RowsTable } from './RowsTable.tsx';
import { readWasm, type WasmName } from './wasm.ts';

/** A WebAssembly module or component. Nothing of it is run or compiled. */
export function WasmView({ bytes }: DocumentProps) {
  const wasm = useMemo(() => readWasm(bytes), [bytes]);
  const rowsOf = (names: WasmName[]) => names.map(({ module, name, type }) => [...(module === undefined ? [] : [module]), name, type]);
  return (
    <>
      {wasm.problems.map((problem, index) => (
        <p key={index} class="problem">
          {cutText(problem, 500)}
        </p>
      ))}
      <Facts
        of={[
          ['WebAssembly', wasm.isComponent ? 'component' : 'module'],
          ['Sections', formatCount(wasm.sections.length)],
          ...wasm.producers.map(([field, values]): [string, string] => [`Made with (${field.slice(0, 50)})`, values]),
        ]}
      />
      <RowsTable
        title="Imports"
        heads={wasm.isComponent ? ['Name', 'Type'] : ['Module', 'Name', 'Type']}
        rows={rowsOf(wasm.imports)}
        isOpen
      />
      <RowsTable title="Exports" heads={['Name', 'Type']} rows={rowsOf(wasm.exports)} isOpen />
      <RowsTable
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
