import { ByteReader } from '../decoding/byteReader.ts';
import { contentOf, type Elf } from './elf.ts';
import { cString } from './elfString.ts';

export interface ElfSymbol {
  name: string;
  type: 'object' | 'function' | 'other';
  isGlobal: boolean;
  /** Index of the defining section; 0 if undefined in this file. */
  section: number;
  /** Offset in the section. */
  value: number;
  size: number;
}

const symbolTable = 2;
/** Of .dynsym. */
const dynamicSymbols = 11;
/** Maximum number of symbols that are read, with or without names. */
const mostSymbols = 50_000;

/** The named symbols of the symbol table or, without one, of the dynamic symbol table (gABI, chapter 5, "Symbol Table"). */
export function readSymbols(bytes: Uint8Array, elf: Elf): ElfSymbol[] {
  const table = elf.sections.find(({ type }) => type === symbolTable) ?? elf.sections.find(({ type }) => type === dynamicSymbols);
  if (table === undefined) return [];
  const content = contentOf(bytes, table);
  const names = contentOf(bytes, elf.sections[table.link]);
  const reader = new ByteReader(content, elf.isLittleEndian);
  const entrySize = elf.bits === 64 ? 24 : 16;
  const symbols: ElfSymbol[] = [];
  for (let read = 0; reader.left >= entrySize; read++) {
    if (read >= mostSymbols) {
      elf.problems.push(`Only the first ${mostSymbols} symbols were read.`);
      break;
    }
    const symbol = elf.bits === 64 ? wide(reader) : narrow(reader);
    const name = cString(names, symbol.name);
    const type = symbol.info & 15;
    if (name !== '')
      symbols.push({
        name,
        type: type === 1 ? 'object' : type === 2 ? 'function' : 'other',
        isGlobal: symbol.info >> 4 === 1,
        section: symbol.section,
        value: symbol.value,
        size: symbol.size,
      });
  }
  return symbols;
}

function wide(reader: ByteReader) {
  const name = reader.u32();
  const info = reader.u8();
  reader.u8();
  const section = reader.u16();
  return { name, info, section, value: large(reader), size: large(reader) };
}

/** Values of absolute symbols may be any number. */
function large(reader: ByteReader): number {
  const [one, other] = [reader.u32(), reader.u32()];
  return reader.isLittleEndian ? other * 2 ** 32 + one : one * 2 ** 32 + other;
}

function narrow(reader: ByteReader) {
  const name = reader.u32();
  const value = reader.u32();
  const size = reader.u32();
  const info = reader.u8();
  reader.u8();
  return { name, info, section: reader.u16(), value, size };
}
