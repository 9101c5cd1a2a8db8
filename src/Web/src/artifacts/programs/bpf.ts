import { contentOf, type Elf } from './elf.ts';
import { cString } from './elfString.ts';

/** eBPF programs in an ELF file, as libbpf reads them: https://docs.kernel.org/bpf/libbpf/program_types.html. */
export interface BpfObject {
  license?: string;
  /** Functions in code sections; the section names what a program attaches to. */
  programs: { section: string; name: string; size: number }[];
  maps: { name: string; section: string; size: number }[];
  /** Size of the type information (BTF) in bytes; 0 for none. */
  btf: number;
}

const executable = 4;

export function readBpf(bytes: Uint8Array, elf: Elf): BpfObject {
  const sectionOf = (index: number) => elf.sections[index];
  const named = (name: string) => elf.sections.find((section) => section.name === name);
  const license = contentOf(bytes, named('license'));
  return {
    license: license.length > 0 ? cString(license, 0) : undefined,
    programs: elf.symbols.flatMap(({ name, type, section: index, size }) => {
      const section = sectionOf(index);
      return type === 'function' && section !== undefined && (section.flags & executable) !== 0
        ? [{ section: section.name, name, size }]
        : [];
    }),
    maps: elf.symbols.flatMap(({ name, type, section: index, size }) => {
      const section = sectionOf(index);
      return type !== 'function' && section !== undefined && (section.name === '.maps' || section.name === 'maps') && name !== section.name
        ? [{ name, section: section.name, size }]
        : [];
    }),
    btf: named('.BTF')?.size ?? 0,
  };
}
