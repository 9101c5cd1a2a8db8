import { ByteReader, MalformedError } from '../decoding/byteReader.ts';
import { cString } from './elfString.ts';
import { readSymbols, type ElfSymbol } from './elfSymbols.ts';

/** Offset and size in bytes. */
export interface ElfSection {
  name: string;
  /** sh_type: 1 for content, 2 for symbols, 8 for sections without bytes in the file. */
  type: number;
  flags: number;
  offset: number;
  size: number;
  link: number;
}

export interface Elf {
  bits: 32 | 64;
  isLittleEndian: boolean;
  type: string;
  machine: string;
  isBpf: boolean;
  sections: ElfSection[];
  symbols: ElfSymbol[];
  /** Parts that could not be read, and why. */
  problems: string[];
}

const machines: Record<number, string> = {
  3: 'x86',
  40: 'Arm',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
  247: 'eBPF',
  22: 's390',
  21: 'PowerPC 64',
  258: 'LoongArch',
};
const types: Record<number, string> = {
  1: 'relocatable',
  2: 'executable',
  3: 'shared object or position-independent executable',
  4: 'core',
};
const bpf = 247;
const mostSections = 5000;
const noBytes = 8;

/**
 * Header, sections and symbols of an ELF file (gABI, chapter 4). Throws a MalformedError for other files; damage is reported in problems.
 */
export function readElf(bytes: Uint8Array): Elf {
  if (new ByteReader(bytes, false).u32() !== 0x7f454c46) throw new MalformedError('it does not begin as ELF does');
  const isWide = bytes[4] === 2;
  const isLittleEndian = bytes[5] !== 2;
  const reader = new ByteReader(bytes, isLittleEndian);
  const word = (): number => (isWide ? reader.u64() : reader.u32());
  reader.at = 16;
  const type = reader.u16();
  const machine = reader.u16();
  const elf: Elf = {
    bits: isWide ? 64 : 32,
    isLittleEndian,
    type: types[type] ?? `type ${type}`,
    machine: machines[machine] ?? `machine ${machine}`,
    isBpf: machine === bpf,
    sections: [],
    symbols: [],
    problems: [],
  };
  try {
    reader.u32();
    word();
    word();
    const start = word();
    reader.u32();
    for (let skipped = 0; skipped < 3; skipped++) reader.u16();
    const entrySize = reader.u16();
    const count = reader.u16();
    const namesIndex = reader.u16();
    if (count > mostSections) throw new MalformedError(`it has ${count} sections`);
    const nameOffsets: number[] = [];
    for (let index = 0; index < count; index++) {
      reader.at = offsetIn(bytes, start + index * entrySize);
      nameOffsets.push(reader.u32());
      const sectionType = reader.u32();
      const flags = word();
      word();
      elf.sections.push({ name: '', type: sectionType, flags, offset: word(), size: word(), link: reader.u32() });
    }
    const names = contentOf(bytes, elf.sections[namesIndex]);
    elf.sections.forEach((section, index) => {
      section.name = cString(names, nameOffsets[index] ?? 0);
    });
    elf.symbols = readSymbols(bytes, elf);
  } catch (error) {
    elf.problems.push((error as Error).message);
  }
  return elf;
}

/** The bytes of a section; empty if it has none or is outside of the file. */
export function contentOf(bytes: Uint8Array, section: ElfSection | undefined): Uint8Array {
  if (section === undefined || section.type === noBytes || section.offset + section.size > bytes.length) return new Uint8Array();
  return bytes.subarray(section.offset, section.offset + section.size);
}

function offsetIn(bytes: Uint8Array, offset: number): number {
  if (offset > bytes.length) throw new MalformedError('its sections lie beyond its end');
  return offset;
}
