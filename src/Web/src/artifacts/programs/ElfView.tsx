import { useMemo } from 'preact/hooks';
import { formatBytes } from '../../format/formatters.ts';
import { FactList } from '../../components/FactList.tsx';
import type { DocumentProps } from '../types.ts';
import { escapeInvisibleInLines } from '../../format/invisibleCharacters.ts';
import { readBpf } from './bpf.ts';
import { readElf } from './elf.ts';
import { CollapsibleTable } from './CollapsibleTable.tsx';

/** An ELF file, such as an executable or an eBPF object. */
export function ElfView({ bytes }: DocumentProps) {
  const { elf, bpf } = useMemo(() => {
    const read = readElf(bytes);
    return { elf: read, bpf: read.isBpf ? readBpf(bytes, read) : undefined };
  }, [bytes]);
  return (
    <>
      {elf.problems.map((problem, index) => (
        <p key={index} class="problem">
          {escapeInvisibleInLines(problem)}
        </p>
      ))}
      <FactList
        facts={[
          ['ELF', `${elf.bits} bit, ${elf.isLittleEndian ? 'little' : 'big'} endian`],
          ['Type', elf.type],
          ['Machine', elf.machine],
          ['License', bpf?.license],
          ['Type information (BTF)', bpf && (bpf.btf > 0 ? formatBytes(bpf.btf) : 'none')],
        ]}
      />
      {bpf && (
        <CollapsibleTable
          title="Programs"
          heads={['Section', 'Function', 'Size']}
          rows={bpf.programs.map(({ section, name, size }) => [section, name, formatBytes(size)])}
          isOpen
        />
      )}
      {bpf && (
        <CollapsibleTable title="Maps" heads={['Map', 'Section']} rows={bpf.maps.map(({ name, section }) => [name, section])} isOpen />
      )}
      <CollapsibleTable
        title="Sections"
        heads={['Section', 'Offset', 'Size']}
        rows={elf.sections.map(({ name, offset, size }) => [name, `0x${offset.toString(16)}`, formatBytes(size)])}
      />
      <CollapsibleTable
        title="Symbols"
        heads={['Symbol', 'Type', 'Section', 'Size']}
        rows={elf.symbols.map(({ name, type, section, isGlobal, size }) => [
          name,
          `${type}${isGlobal ? ', global' : ''}`,
          elf.sections[section]?.name ?? (section === 0 ? 'undefined here' : ''),
          String(size),
        ])}
      />
    </>
  );
}
