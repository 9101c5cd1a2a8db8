import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Package } from '../../../src/artifacts/sboms/types.ts';
import { readSbom } from '../../../src/artifacts/sboms/readSbom.ts';
import { searchPackages } from '../../../src/artifacts/sboms/searchPackages.ts';

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
