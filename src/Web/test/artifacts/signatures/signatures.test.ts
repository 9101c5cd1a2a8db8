// Signatures that cosign and notation made for app.manifest.json, and one whose certificate openssl made with the extensions of Fulcio.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { chainSays } from '../../../src/artifacts/certificates/ChainView.tsx';
import { readCertificate, readLinks } from '../../../src/artifacts/certificates/certificate.ts';
import { detectDocument } from '../../../src/artifacts/JsonDocument.tsx';
import { fromBase64, fromPem } from '../../../src/artifacts/decoding/base64.ts';
import { parseJson } from '../../../src/artifacts/decoding/json.ts';
import { digestOf, readBundle } from '../../../src/artifacts/signatures/bundle.ts';
import { readEnvelope, signaturesOf, signedBytes } from '../../../src/artifacts/signatures/dsse.ts';
import { readCose, readJws } from '../../../src/artifacts/signatures/notation.ts';
import { readCosignAnnotations, readSimpleSigning } from '../../../src/artifacts/signatures/simpleSigning.ts';
import { keyFromPem, madeBy, rawFromDer, type Signature } from '../../../src/artifacts/signatures/verify.ts';

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`test/data/artifacts/${name}`));
const json = (name: string): any => parseJson(file(name));
const text = (name: string): string => readFileSync(`test/data/artifacts/${name}`, 'utf8');
const subject = json('bundle.manifest.json').subject.digest as string;
const altered = (signature: Signature): Signature => ({
  ...signature,
  data: async () => (await signature.data()).map((byte, index) => (index === 5 ? byte ^ 1 : byte)),
});
const present = <T>(value: T | undefined): T => value ?? assert.fail('nothing');

test('a cosign signature is by the key that made it, and of nothing else', async () => {
  const payload = readSimpleSigning(json('cosign.payload.json'));
  assert.equal(payload.digest, subject);
  assert.equal(payload.identity, '127.0.0.1:5100/kinds/app');
  const beside = readCosignAnnotations(json('cosign.manifest.json').layers[0].annotations);
  assert.deepEqual(beside.chain, []);
  const signature: Signature = { what: 'the payload', data: async () => file('cosign.payload.json'), bytes: present(beside.signature) };
  const key = await keyFromPem(text('cosign.pub'));
  assert.equal((await madeBy(key, signature))?.title, 'ECDSA P-256 with SHA-256');
  assert.equal(await madeBy(key, altered(signature)), undefined);
  assert.equal(await madeBy(await keyFromPem(text('fulcio-like.pem')), signature), undefined);
  assert.equal(await madeBy(key, { ...signature, bytes: new Uint8Array() }), undefined);
});

test('a cosign signature with a certificate, issuer and log entry beside it', async () => {
  const beside = readCosignAnnotations({
    'dev.cosignproject.cosign/signature': text('fulcio-like.payload.sig'),
    'dev.sigstore.cosign/certificate': text('fulcio-like.pem'),
    'dev.sigstore.cosign/chain': text('fulcio-like-issuer.pem'),
    'dev.sigstore.cosign/bundle':
      '{"SignedEntryTimestamp":"","Payload":{"body":"","integratedTime":1795700000,"logIndex":155678,"logID":""}}',
  });
  assert.equal(beside.logIndex, '155678');
  assert.equal(beside.integratedTime?.toISOString(), '2026-11-26T13:33:20.000Z');
  assert.deepEqual(await readLinks(beside.chain), ['verified', 'verified']);
  const { spki } = await readCertificate(present(beside.chain[0]));
  const signature: Signature = { what: 'the payload', data: async () => file('cosign.payload.json'), bytes: present(beside.signature) };
  assert.ok(await madeBy(spki, signature));
  assert.equal(await madeBy(spki, altered(signature)), undefined);
});

test('a cosign attestation is signed in its envelope', async () => {
  const envelope = present(readEnvelope(json('cosign-attestation.dsse.json')));
  assert.equal(envelope.payloadType, 'application/vnd.in-toto+json');
  const signature = present(signaturesOf(envelope)[0]);
  assert.ok(await madeBy(await keyFromPem(text('cosign.pub')), signature));
  assert.equal(await madeBy(await keyFromPem(text('cosign.pub')), { ...signature, data: async () => envelope.payload }), undefined);
  assert.equal(
    new TextDecoder().decode(
      signedBytes({ payloadType: 'http://example.com/HelloWorld', payload: new TextEncoder().encode('hello world') }),
    ),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test('a Sigstore bundle with a statement, by a key', async () => {
  const value = json('bundle.json');
  assert.equal(detectDocument(value, ''), 'bundle');
  const bundle = readBundle(value);
  assert.equal(bundle.keyHint, 'Bc5GowgRIYS9NVY8a9SRmnALCY/+jBaE2MrXbnihOCM=');
  assert.deepEqual(bundle.chain, []);
  assert.ok(await madeBy(await keyFromPem(text('cosign.pub')), present(signaturesOf(present(bundle.envelope))[0])));
});

test('a Sigstore bundle with a signature over the manifest, by a certificate', async () => {
  const bundle = readBundle(json('bundle-message.json'));
  assert.equal(digestOf(present(bundle.message)), subject);
  assert.equal(bundle.logIndex, '155678');
  assert.equal(bundle.integratedTime?.toISOString(), '2026-11-26T13:33:20.000Z');
  const { spki } = await readCertificate(present(bundle.chain[0]));
  const signature: Signature = { what: '', data: async () => file('app.manifest.json'), bytes: present(bundle.message).signature };
  assert.equal((await madeBy(spki, signature))?.title, 'ECDSA P-384 with SHA-256');
  assert.equal(await madeBy(spki, altered(signature)), undefined);
});

test('certificates tell who asked Fulcio for them', async () => {
  const chain = [...fromPem(text('fulcio-like.pem'), 'CERTIFICATE'), ...fromPem(text('fulcio-like-issuer.pem'), 'CERTIFICATE')];
  const leaf = await readCertificate(present(chain[0]));
  assert.equal(leaf.issuer, 'O=sigstore.example, CN=intermediate of the test');
  assert.equal(leaf.key, 'ECDSA P-384');
  assert.deepEqual(leaf.names, [
    { type: 'url', value: 'https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.0.0' },
    { type: 'email', value: 'someone@example.com' },
  ]);
  assert.deepEqual(leaf.identity, [
    ['OIDC issuer', 'https://token.example'],
    ['Workflow repository', 'example/app'],
    ['Source repository', 'https://github.com/example/app'],
    ['Build trigger', 'push'],
  ]);
  assert.deepEqual(await readLinks(chain), ['verified', 'verified']);
  assert.deepEqual(await readLinks(chain.toReversed()), ['wrong', 'wrong']);
  assert.deepEqual(await readLinks(chain.slice(0, 1)), ['wrong']);
});

test('what a chain amounts to is said without promising trust', () => {
  assert.match(chainSays(['verified', 'verified']), /trusted was not checked/);
  assert.match(chainSays(['verified', 'wrong']), /issuer of the last is not included/);
  assert.match(chainSays(['wrong', 'verified']), /Certificate 1 of the chain was not signed/);
  assert.match(chainSays(['verified']), /self-signed/);
});

// U2 (docs/design/hardening.md)
test('a chain whose keys the browser does not support is not checked, and never wrong', async () => {
  // Four chains of two, by CAs with keys of brainpoolP256r1, secp256k1, Ed448 and DSA.
  const certificates = fromPem(text('unsupported-chains.pem'), 'CERTIFICATE');
  assert.equal(certificates.length, 8);
  for (let at = 0; at < certificates.length; at += 2) {
    const chain = certificates.slice(at, at + 2);
    const links = await readLinks(chain);
    for (const link of links) assert.ok(typeof link === 'object', `${at}: ${JSON.stringify(link)}`);
    assert.match(chainSays(links), /certificate 1 of the chain was not checked: the browser does not support/);
    const { spki } = await readCertificate(present(chain[1]));
    await assert.rejects(madeBy(spki, { what: '', data: async () => new Uint8Array(1), bytes: new Uint8Array(64) }), /not support/);
  }
});

test('a certificate whose signature was altered is wrong, with a key that is supported', async () => {
  const chain = [...fromPem(text('fulcio-like.pem'), 'CERTIFICATE'), ...fromPem(text('fulcio-like-issuer.pem'), 'CERTIFICATE')];
  const altered = present(chain[0]).slice();
  altered[altered.length - 1]! ^= 1;
  assert.deepEqual(await readLinks([altered, present(chain[1])]), ['wrong', 'verified']);
});

test('a notation signature in JWS', async () => {
  const value = json('notation-jws.json');
  assert.equal(detectDocument(value, 'application/jose+json'), 'notation');
  await isByItsCertificate(readJws(value));
});

test('a notation signature in COSE', () => isByItsCertificate(readCose(file('notation-cose.cbor'))));

async function isByItsCertificate(read: ReturnType<typeof readJws>) {
  assert.deepEqual(read.target, { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 559 });
  assert.equal(read.algorithm, 'PS256');
  assert.equal(read.scheme, 'notary.x509');
  assert.equal(read.signedAt?.toISOString(), '2026-11-25T18:18:54.000Z');
  const certificate = await readCertificate(present(read.chain[0]));
  assert.match(certificate.subject, /CN=kinds\.example/);
  assert.equal((await madeBy(certificate.spki, present(read.signature)))?.title, 'RSA-PSS with SHA-256');
  assert.equal(await madeBy(certificate.spki, altered(present(read.signature))), undefined);
}

test('COSE that is cut anywhere is refused, and so is JWS of other shapes', () => {
  const whole = file('notation-cose.cbor');
  for (let length = 0; length < whole.length; length += 7) assert.throws(() => readCose(whole.subarray(0, length)));
  for (const value of [null, [], 'text', {}, { protected: 5 }, { protected: '!!', payload: '' }]) assert.throws(() => readJws(value));
  const anyAlgorithm = {
    protected: Buffer.from('{"alg":"constructor"}').toString('base64'),
    payload: Buffer.from('{}').toString('base64'),
    signature: '',
  };
  assert.equal(readJws(anyAlgorithm).signature, undefined);
});

test('bundles and annotations of any shape are read without harm', () => {
  for (const value of [
    null,
    5,
    [],
    { verificationMaterial: [] },
    { verificationMaterial: { tlogEntries: { 0: 5 }, certificate: 'x' }, dsseEnvelope: [] },
  ])
    assert.equal(readBundle(value).message, undefined);
  assert.deepEqual(
    readCosignAnnotations({ 'dev.sigstore.cosign/bundle': '{', 'dev.sigstore.cosign/certificate': '-----BEGIN CERTIFICATE-----' }),
    { signature: undefined, chain: [], logIndex: undefined, integratedTime: undefined },
  );
});

test('ECDSA signatures in DER', () => {
  assert.deepEqual([...present(rawFromDer(Uint8Array.of(0x30, 7, 2, 2, 0, 0x81, 2, 1, 5), 2))], [0, 0x81, 0, 5]);
  for (const wrong of [
    [0x30, 7, 2, 2, 0, 0x81, 2, 1],
    [0x30, 6, 2, 2, 0, 0x81, 2, 0, 5],
    [0x31, 6, 2, 1, 1, 2, 1, 1],
    [0x30, 9, 2, 4, 1, 1, 1, 1, 2, 1, 1],
    [],
  ])
    assert.equal(rawFromDer(Uint8Array.from(wrong), 2), undefined);
});

test('keys of other types', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  const data = new TextEncoder().encode('data');
  const signature = { what: '', data: async () => data, bytes: new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, data)) };
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  assert.equal((await madeBy(spki, signature))?.title, 'Ed25519');
  const rsa = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  );
  const byRsa = { ...signature, bytes: new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', rsa.privateKey, data)) };
  assert.equal(
    (await madeBy(new Uint8Array(await crypto.subtle.exportKey('spki', rsa.publicKey)), byRsa))?.title,
    'RSA PKCS #1 with SHA-256',
  );
  await assert.rejects(keyFromPem('no key'), /neither a public key nor a certificate/);
  await assert.rejects(madeBy(fromBase64('AAAA'), signature));
});
