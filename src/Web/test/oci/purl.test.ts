import assert from 'node:assert/strict';
import { test } from 'vitest';
import { packageUrl } from '../../src/oci/purl.ts';

// purl-spec, tests/types/oci-test.json: the tests of type "build".
const vectors = [
  [
    { host: 'docker.io', repository: 'library/debian', digest: 'sha256:244fd47e07d10', arch: 'amd64', tag: 'latest' },
    'pkg:oci/debian@sha256:244fd47e07d10?arch=amd64&repository_url=docker.io%2Flibrary%2Fdebian&tag=latest',
  ],
  [
    { host: 'ghcr.io', repository: 'debian', digest: 'sha256:244fd47e07d10', tag: 'bullseye' },
    'pkg:oci/debian@sha256:244fd47e07d10?repository_url=ghcr.io%2Fdebian&tag=bullseye',
  ],
  [
    { host: 'gcr.io', repository: 'distroless/static', digest: 'sha256:244fd47e07d10', tag: 'latest' },
    'pkg:oci/static@sha256:244fd47e07d10?repository_url=gcr.io%2Fdistroless%2Fstatic&tag=latest',
  ],
  [{ repository: 'hello-wasm', digest: 'sha256:244fd47e07d10', tag: 'v1' }, 'pkg:oci/hello-wasm@sha256:244fd47e07d10?tag=v1'],
] as const;

test("package URLs are those of the spec's own vectors", () => {
  for (const [parts, expected] of vectors) assert.equal(packageUrl(parts), expected);
});

test('package URLs have their names in lower case and everything else encoded', () => {
  assert.equal(
    packageUrl({ host: 'localhost:5000', repository: 'A/B_c.d', digest: 'sha256:1' }),
    'pkg:oci/b_c.d@sha256:1?repository_url=localhost:5000%2FA%2FB_c.d',
  );
  assert.equal(
    packageUrl({ repository: 'a', digest: 'sha256:1', tag: "x!*'()&=#+ ü" }),
    'pkg:oci/a@sha256:1?tag=x%21%2A%27%28%29%26%3D%23%2B%20%C3%BC',
  );
});
