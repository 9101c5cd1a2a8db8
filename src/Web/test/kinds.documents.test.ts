import assert from 'node:assert/strict';
import { test } from 'vitest';
import { readProvenance } from '../src/kinds/attestations/provenance.ts';
import { readStatement } from '../src/kinds/attestations/statement.ts';
import { whatIs } from '../src/kinds/JsonDocument.tsx';
import type { Package } from '../src/kinds/sboms/bill.ts';
import { readSbom } from '../src/kinds/sboms/sbom.ts';
import { searchPackages } from '../src/kinds/sboms/search.ts';

const zlib: Package = {
  name: 'zlib',
  version: '1.3.1',
  license: 'Zlib',
  purl: 'pkg:deb/debian/zlib1g@1.3.1',
  supplier: 'Organization: Debian',
};

test('SPDX 2', () => {
  const sbom = readSbom({
    spdxVersion: 'SPDX-2.3',
    name: 'app',
    dataLicense: 'CC0-1.0',
    documentNamespace: 'https://example.com/app',
    creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: syft-1.0', 'Organization: Example'] },
    packages: [
      {
        name: 'zlib',
        versionInfo: '1.3.1',
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: 'Zlib',
        supplier: 'Organization: Debian',
        externalRefs: [
          { referenceType: 'cpe23Type', referenceLocator: 'cpe:…' },
          { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: 'pkg:deb/debian/zlib1g@1.3.1' },
        ],
      },
      { name: 'bare', supplier: 'NOASSERTION' },
    ],
    files: [{}, {}],
  });
  assert.deepEqual(sbom?.packages, [zlib, { name: 'bare', version: undefined, license: undefined, purl: undefined, supplier: undefined }]);
  assert.equal(sbom?.format, 'SPDX-2.3');
  assert.ok(sbom?.facts.some(([term, value]) => term === 'Created by' && value === 'Tool: syft-1.0, Organization: Example'));
  assert.ok(sbom?.facts.some(([term, value]) => term === 'Files' && value === '2'));
});

test('SPDX 3', () => {
  const sbom = readSbom({
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': [
      { type: 'CreationInfo', specVersion: '3.0.1', created: '2026-01-01T00:00:00Z' },
      { type: 'SpdxDocument', name: 'app' },
      {
        type: 'software_Package',
        spdxId: 'a',
        name: 'zlib',
        software_packageVersion: '1.3.1',
        software_packageUrl: 'pkg:deb/debian/zlib1g@1.3.1',
        suppliedBy: 'Organization: Debian',
      },
      { type: 'simplelicensing_LicenseExpression', spdxId: 'l', simplelicensing_licenseExpression: 'Zlib' },
      { type: 'Relationship', relationshipType: 'hasConcludedLicense', from: 'a', to: ['l'] },
    ],
  });
  assert.equal(sbom?.format, 'SPDX-3.0.1');
  assert.deepEqual(sbom?.packages, [zlib]);
});

test('CycloneDX, with components within components', () => {
  const sbom = readSbom({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { name: 'app', version: '2' }, tools: { components: [{ name: 'trivy', version: '0.60' }] } },
    components: [
      {
        name: 'zlib',
        version: '1.3.1',
        licenses: [{ license: { id: 'Zlib' } }],
        purl: 'pkg:deb/debian/zlib1g@1.3.1',
        supplier: { name: 'Organization: Debian' },
        components: [{ group: '@scope', name: 'inner', licenses: [{ expression: 'MIT OR ISC' }] }],
      },
      { name: 'last' },
    ],
  });
  assert.deepEqual(
    sbom?.packages.map(({ name }) => name),
    ['zlib', '@scope/inner', 'last'],
  );
  assert.deepEqual(sbom?.packages[0], zlib);
  assert.equal(sbom?.packages[1]?.license, 'MIT OR ISC');
  assert.ok(sbom?.facts.some(([term, value]) => term === 'Created by' && value === 'trivy 0.60'));
});

test('bills of any shape and size', () => {
  for (const wrong of [5, [], {}, 'x', { packages: {} }, { licenses: 'x', components: [null, 5, [], { components: 7 }] }]) {
    readSbom({ spdxVersion: 'SPDX-2.3', packages: wrong, creationInfo: wrong, files: wrong });
    readSbom({ bomFormat: 'CycloneDX', components: wrong, metadata: wrong });
    readSbom({
      bomFormat: 'CycloneDX',
      components: [wrong, { name: wrong, licenses: wrong, supplier: wrong }],
      metadata: { tools: wrong },
    });
    readSbom({ '@context': 'https://spdx.org/rdf/3.0.1/x', '@graph': wrong });
    readSbom({ '@context': 'https://spdx.org/rdf/3.0.1/x', '@graph': [wrong, { type: 'software_Package', name: wrong }] });
    assert.equal(readSbom(wrong), undefined);
  }
  const large = readSbom({ spdxVersion: 'SPDX-2.3', packages: Array.from({ length: 100_001 }, (_, index) => ({ name: `p${index}` })) });
  assert.equal(large?.packages.length, 100_000);
  assert.equal(large?.morePackages, 1);
  let nested: unknown = [];
  for (let depth = 0; depth < 20_000; depth++) nested = [{ name: 'a', components: nested }];
  assert.equal(readSbom({ bomFormat: 'CycloneDX', components: nested })?.packages.length, 20_000);
});

test('packages are found by words, in any column', () => {
  const packages = [zlib, { name: 'openssl', version: '3.0' }];
  assert.deepEqual(searchPackages(packages, ' DEBIAN zl '), [zlib]);
  assert.deepEqual(searchPackages(packages, '.*'), []);
  assert.equal(searchPackages(packages, ''), packages);
});

test('statements, and their subjects', () => {
  const value = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'app', digest: { sha256: 'ab', sha512: 5 } }],
    predicateType: 'https://example.com',
    predicate: { Data: '{"spdxVersion":"SPDX-2.3"}' },
  };
  assert.equal(whatIs(value, ''), 'statement');
  const statement = readStatement(value);
  assert.deepEqual(statement.subjects, [{ name: 'app', digests: ['sha256:ab'] }]);
  assert.equal(readSbom(statement.predicate)?.format, 'SPDX-2.3');
  for (const wrong of [5, null, [], 'x', { length: 1e9 }]) readStatement({ subject: wrong, predicate: wrong, predicateType: wrong });
  assert.equal(readStatement({ subject: Array.from({ length: 1000 }, () => 0) }).moreSubjects, 800);
});

test('SLSA provenance v0.2, as BuildKit writes it', () => {
  const provenance = readProvenance('https://slsa.dev/provenance/v0.2', {
    builder: { id: 'https://ci.example/1' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    materials: [{ uri: 'pkg:docker/golang@1.24', digest: { sha256: 'cd' } }],
    invocation: {
      configSource: { uri: 'https://github.com/example/app', entryPoint: 'Dockerfile' },
      parameters: { frontend: 'dockerfile.v0' },
      environment: { platform: 'linux/amd64' },
    },
    metadata: { buildInvocationID: 'xyz', buildStartedOn: '2026-01-01T00:00:00Z' },
  });
  assert.equal(provenance?.source, 'https://github.com/example/app');
  assert.equal(provenance?.invocation, 'xyz');
  assert.deepEqual(provenance?.materials, [{ uri: 'pkg:docker/golang@1.24', digests: ['sha256:cd'] }]);
  assert.deepEqual(provenance?.parameters, [
    ['Parameters', { frontend: 'dockerfile.v0' }],
    ['Environment', { platform: 'linux/amd64' }],
  ]);
});

test('SLSA provenance v1, as GitHub writes it', () => {
  const provenance = readProvenance('https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: 'refs/heads/main', repository: 'https://github.com/example/app' } },
      resolvedDependencies: [{ uri: 'git+https://github.com/example/app@refs/heads/main', digest: { gitCommit: 'ef' } }],
    },
    runDetails: {
      builder: { id: 'https://github.com/actions/runner' },
      metadata: { invocationId: 'https://github.com/example/app/actions/runs/1' },
    },
  });
  assert.equal(provenance?.builder, 'https://github.com/actions/runner');
  assert.equal(provenance?.source, 'https://github.com/example/app');
  assert.deepEqual(provenance?.materials, [{ uri: 'git+https://github.com/example/app@refs/heads/main', digests: ['gitCommit:ef'] }]);
  assert.equal(readProvenance('https://example.com', {}), undefined);
  for (const wrong of [5, null, [], 'x']) readProvenance('https://slsa.dev/provenance/v1', { buildDefinition: wrong, runDetails: wrong });
});
