import assert from 'node:assert/strict';
import { test } from 'vitest';
import { readProvenance } from '../../../src/artifacts/attestations/provenance.ts';
import { readStatement } from '../../../src/artifacts/attestations/statement.ts';
import { detectDocument } from '../../../src/artifacts/JsonDocument.tsx';
import { readSbom } from '../../../src/artifacts/sboms/readSbom.ts';

test('statements, and their subjects', () => {
  const value = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'app', digest: { sha256: 'ab', sha512: 5 } }],
    predicateType: 'https://example.com',
    predicate: { Data: '{"spdxVersion":"SPDX-2.3"}' },
  };
  assert.equal(detectDocument(value, ''), 'statement');
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
