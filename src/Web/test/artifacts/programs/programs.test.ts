import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { readBpf } from '../../../src/artifacts/programs/bpf.ts';
import { readElf } from '../../../src/artifacts/programs/elf.ts';
import { readWasm } from '../../../src/artifacts/programs/wasm.ts';

const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
const module = (...sections: number[][]) => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat());
const component = (...sections: number[][]) => Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...sections.flat());

const whole = module(
  section(1, 2, 0x60, 2, 0x7f, 0x7e, 1, 0x7d, 0x60, 0, 0),
  section(2, 3, ...text('env'), ...text('add'), 0, 0, ...text('env'), ...text('mem'), 2, 1, 1, 2, ...text('env'), ...text('g'), 3, 0x7f, 1),
  section(3, 1, 1),
  section(7, 2, ...text('run'), 0, 1, ...text('memory'), 2, 0),
  section(10, 1, 2, 0, 0x0b),
  section(0, ...text('producers'), 1, ...text('language'), 1, ...text('Rust'), ...text('1.90')),
  section(0, ...text('anything'), 1, 2, 3),
);

test('a WebAssembly module', () => {
  const wasm = readWasm(whole);
  assert.deepEqual(wasm.problems, []);
  assert.equal(wasm.isComponent, false);
  assert.deepEqual(wasm.imports, [
    { module: 'env', name: 'add', type: 'func (i32, i64) → f32' },
    { module: 'env', name: 'mem', type: 'memory, 1 to 2 pages' },
    { module: 'env', name: 'g', type: 'global mut i32' },
  ]);
  assert.deepEqual(wasm.exports, [
    { name: 'run', type: 'func ()' },
    { name: 'memory', type: 'memory 0' },
  ]);
  assert.deepEqual(wasm.producers, [['language', 'Rust 1.90']]);
  assert.deepEqual(
    wasm.sections.map(({ name }) => name),
    ['type', 'import', 'function', 'export', 'code', 'producers', 'anything'],
  );
  assert.equal(wasm.sections[0]?.offset, 10);
  assert.ok(WebAssembly.validate(new Uint8Array(whole)));
});

test('a WebAssembly component', () => {
  const wasm = readWasm(
    component(
      section(10, 2, 0, ...text('wasi:cli/environment@0.2.0'), 5, 0, 0, ...text('t'), 3, 1),
      section(11, 1, 0, ...text('wasi:cli/run@0.2.0'), 5, 1, 0),
    ),
  );
  assert.deepEqual(wasm.problems, []);
  assert.ok(wasm.isComponent);
  assert.deepEqual(wasm.imports, [
    { name: 'wasi:cli/environment@0.2.0', type: 'instance' },
    { name: 't', type: 'type' },
  ]);
  assert.deepEqual(wasm.exports, [{ name: 'wasi:cli/run@0.2.0', type: 'instance' }]);
});

test('damaged WebAssembly is told as such, and costs nothing', () => {
  for (let length = 8; length < whole.length; length++) readWasm(whole.subarray(0, length));
  for (let at = 8; at < whole.length; at++) readWasm(whole.map((byte, index) => (index === at ? 0xff : byte)));
  assert.throws(() => readWasm(Uint8Array.of(1, 2, 3, 4)));
  assert.throws(() => readWasm(Uint8Array.of(0, 0x61)));
  const many = readWasm(module([2, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]));
  assert.match(many.problems[0] ?? '', /import.*ends early/);
  assert.match(readWasm(module(...Array.from({ length: 2000 }, () => section(0, 0)))).problems[0] ?? '', /more than 1000 sections/);
});

test('what repeats in a hostile module has an end', () => {
  const long = (value: number[]): number[] => [(value.length & 0x7f) | 0x80, value.length >> 7];
  const wide = (id: number, content: number[]): number[] => [id, ...long(content), ...content];
  const producers = wide(0, [
    ...text('producers'),
    0xc8,
    0x01,
    ...Array.from({ length: 200 }, (_, index) => [...text(`f${index}`), 1, ...text('a'), ...text('b')]).flat(),
  ]);
  assert.equal(readWasm(module(...Array.from({ length: 5 }, () => producers))).producers.length, 50);
  const wasm = readWasm(
    module(wide(1, [1, 0x60, 0xe8, 0x07, ...Array.from({ length: 1000 }, () => 0x6f), 0]), wide(2, [1, ...text('m'), ...text('f'), 0, 0])),
  );
  assert.deepEqual(wasm.problems, []);
  assert.ok(wasm.imports[0]!.type.length < 1000 && wasm.imports[0]!.type.endsWith('…)'));
  const types = wide(1, [0xa0, 0x1f, ...Array.from({ length: 4000 }, () => [0x60, 0, 0]).flat()]);
  assert.match(readWasm(module(...Array.from({ length: 6 }, () => types))).problems.join(), /no more than/);
});

const object = new Uint8Array(readFileSync('test/data/artifacts/program.bpf.o'));

test('an eBPF object that clang made', () => {
  const elf = readElf(object);
  assert.deepEqual(elf.problems, []);
  assert.equal(elf.machine, 'eBPF');
  assert.equal(elf.type, 'relocatable');
  assert.deepEqual(readBpf(object, elf), {
    license: 'Dual MIT/GPL',
    programs: [
      { section: 'xdp', name: 'drop_all', size: 16 },
      { section: 'kprobe/do_sys_openat2', name: 'opened', size: 104 },
    ],
    maps: [{ name: 'counts', section: '.maps', size: 32 }],
    btf: 0x357,
  });
  assert.deepEqual(
    elf.symbols.find(({ name }) => name === 'counts'),
    { name: 'counts', type: 'object', isGlobal: true, section: 6, value: 0, size: 32 },
  );
});

test('an executable', () => {
  const elf = readElf(new Uint8Array(readFileSync(process.execPath).subarray(0, 4096)));
  assert.equal(elf.isBpf, false);
  assert.match(elf.problems[0] ?? '', /beyond its end/);
});

test('damaged ELF is told as such, and costs nothing', () => {
  for (let length = 20; length < object.length; length += 5) readElf(object.subarray(0, length));
  for (const wide of [0xff, 0x7f]) {
    for (let at = 16; at < object.length; at += 3) {
      const damaged = object.map((byte, index) => (index >= at && index < at + 8 ? wide : byte));
      readBpf(damaged, readElf(damaged));
    }
  }
  assert.throws(() => readElf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)));
});
