// Every reader of strangers' bytes in src, with valid inputs to mutate.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readProvenance } from '../../src/artifacts/attestations/provenance.ts';
import { readStatement } from '../../src/artifacts/attestations/statement.ts';
import { readCertificate, readLinks } from '../../src/artifacts/certificates/certificate.ts';
import { readChart } from '../../src/artifacts/charts/chart.ts';
import { fromPem } from '../../src/artifacts/decoding/base64.ts';
import { readCbor } from '../../src/artifacts/decoding/cbor.ts';
import { nodesWithin } from '../../src/artifacts/decoding/jsonTree.ts';
import { parseJson } from '../../src/artifacts/decoding/json.ts';
import { decodeEntities } from '../../src/artifacts/markdown/entities.ts';
import { readMarkdown } from '../../src/artifacts/markdown/readMarkdown.ts';
import { readBpf } from '../../src/artifacts/programs/bpf.ts';
import { readElf } from '../../src/artifacts/programs/elf.ts';
import { readWasm } from '../../src/artifacts/programs/wasm.ts';
import { readSbom } from '../../src/artifacts/sboms/readSbom.ts';
import { readBundle } from '../../src/artifacts/signatures/bundle.ts';
import { readEnvelope } from '../../src/artifacts/signatures/dsse.ts';
import { readCose, readJws } from '../../src/artifacts/signatures/notation.ts';
import { rawFromDer } from '../../src/artifacts/signatures/verify.ts';
import { StreamReader } from '../../src/layers/bytes/byteReader.ts';
import { gunzipMembers } from '../../src/layers/compression/members.ts';
import { unzstd } from '../../src/layers/compression/zstd/unzstd.ts';
import { readTar } from '../../src/layers/tar/readTar.ts';
import { parsePax } from '../../src/layers/tar/pax.ts';
import { entriesOf } from '../../src/layers/toc/toc.ts';
import { footerOffset } from '../../src/layers/toc/stargz.ts';
import { readAll } from '../../src/layers/toc/verifyToc.ts';
import { parseImageConfig, parseManifest } from '../../src/oci/parse.ts';
import { paxRecord, pieces, tarEnd, tarEntry } from '../layers/fixtures.ts';

/** Output of a decompressor: more is refused, as the pages do. */
const most = 16 * 1024 * 1024;
const text = new TextDecoder();
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`test/data/artifacts/${name}`));
const certificate = fromPem(text.decode(file('fulcio-like.pem')), 'CERTIFICATE')[0]!;
const pax = paxRecord('path', 'a') + paxRecord('size', '3') + paxRecord('mtime', '1.5');
const archive = Buffer.concat([
  tarEntry('x', pax, { type: 'x' }),
  tarEntry('y', 'abc'),
  tarEntry('long', 'n'.repeat(200), { type: 'L' }),
  tarEntry('link', '', { type: '2', link: 'y' }),
  tarEnd,
]);
const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9, 2, 0x60, 2, 0x7f, 0x7e, 1, 0x7d, 0x60, 0, 2, 7, 1, 1, 101, 1, 102, 0, 0);
const json = bytesOf({ a: [1, 'x', { b: null }], predicate: { Data: '{}' }, subject: [{ name: 'n', digest: { sha256: 'a' } }] });
const sbom = bytesOf({
  bomFormat: 'CycloneDX',
  components: [{ name: 'a', licenses: [{ expression: 'MIT' }], components: [{ name: 'b' }] }],
});
const toc = bytesOf({ version: 1, entries: [{ name: 'a', type: 'reg', size: 3, offset: 5, modtime: '2023-11-14T22:13:20Z' }] });
const markdown = bytesOf(
  '# Title\n\n- *one* [a](http://b)\n  1. `two` &amp; **three**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n```\ncode\n```\n',
);

export interface Reader {
  inputs: Uint8Array[];
  read: (bytes: Uint8Array) => unknown;
}

export const readers: Record<string, Reader> = {
  pax: { inputs: [bytesOf(pax), bytesOf('9 path=a\nzzz')], read: parsePax },
  tar: {
    inputs: [archive],
    read: async (bytes) => {
      for await (const entry of readTar(new StreamReader(pieces(bytes)))) void entry;
    },
  },
  gzip: { inputs: [Buffer.concat([gzipSync(archive), gzipSync('b')])], read: (bytes) => readAll(gunzipMembers(pieces(bytes)), most) },
  zstd: {
    inputs: [
      execFileSync('zstd', ['-q', '-c', '-19'], { input: archive }),
      execFileSync('zstd', ['-q', '-c'], { input: file('program.bpf.o') }),
    ],
    read: (bytes) => readAll(unzstd(pieces(bytes)), most),
  },
  chart: { inputs: [file('chart.tgz')], read: readChart },
  'table of contents': { inputs: [toc], read: (bytes) => entriesOf(bytes, 100) },
  'eStargz footer': { inputs: [bytesOf('\x1f\x8b')], read: footerOffset },
  CBOR: { inputs: [file('notation-cose.cbor')], read: readCbor },
  COSE: { inputs: [file('notation-cose.cbor')], read: readCose },
  JWS: { inputs: [file('notation-jws.json')], read: (bytes) => readJws(parseJson(bytes)) },
  bundle: { inputs: [file('bundle.json'), file('bundle-message.json')], read: (bytes) => readBundle(parseJson(bytes)) },
  DSSE: { inputs: [file('cosign-attestation.dsse.json')], read: (bytes) => readEnvelope(parseJson(bytes)) },
  statement: {
    inputs: [json],
    read: (bytes) => readProvenance('https://slsa.dev/provenance/v1', readStatement(parseJson(bytes)).predicate),
  },
  SBOM: { inputs: [sbom], read: (bytes) => readSbom(parseJson(bytes)) },
  JSON: { inputs: [json], read: (bytes) => nodesWithin(parseJson(bytes), 400) },
  manifest: { inputs: [file('app.manifest.json')], read: (bytes) => [parseManifest(bytes), parseImageConfig(bytes)] },
  ELF: { inputs: [file('program.bpf.o')], read: (bytes) => readBpf(bytes, readElf(bytes)) },
  WASM: { inputs: [wasm, Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 10, 5, 1, 0, 1, 116, 3, 1)], read: readWasm },
  Markdown: { inputs: [markdown], read: (bytes) => readMarkdown(text.decode(bytes)) },
  'character references': { inputs: [markdown], read: (bytes) => decodeEntities(text.decode(bytes)) },
  PEM: { inputs: [file('fulcio-like.pem')], read: (bytes) => fromPem(text.decode(bytes), 'CERTIFICATE') },
  'ECDSA signature': { inputs: [Uint8Array.of(0x30, 7, 2, 2, 0, 0x81, 2, 1, 5)], read: (bytes) => rawFromDer(bytes, 2) },
  certificate: { inputs: [certificate], read: async (bytes) => [await readCertificate(bytes), await readLinks([bytes, certificate])] },
};
