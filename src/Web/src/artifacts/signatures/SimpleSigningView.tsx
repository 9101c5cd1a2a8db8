import { useMemo } from 'preact/hooks';
import { FactList } from '../../components/FactList.tsx';
import { JsonView } from '../JsonView.tsx';
import type { DocumentProps } from '../types.ts';
import { parseJson } from '../decoding/json.ts';
import { SignerView } from './SignerView.tsx';
import { readCosignAnnotations, readSimpleSigning } from './simpleSigning.ts';
import { SubjectCheck } from './SubjectCheck.tsx';

/** A cosign signature: the blob is the signed payload, the signature is in the annotations of its descriptor. */
export function SimpleSigningView({ bytes, descriptor, repository, manifest }: DocumentProps) {
  const payload = useMemo(() => readSimpleSigning(parseJson(bytes)), [bytes]);
  const beside = useMemo(() => readCosignAnnotations(descriptor.annotations), [descriptor]);
  const signature = useMemo(
    () => beside.signature && { what: 'the payload', data: async () => bytes, bytes: beside.signature },
    [bytes, beside],
  );
  return (
    <>
      <SubjectCheck digest={payload.digest} repository={repository} manifest={manifest} />
      <FactList
        facts={[
          ['Signed for', payload.identity],
          ['Type', payload.type],
        ]}
      />
      {Object.keys(payload.optional).length > 0 && (
        <>
          <h3>Added by the signer</h3>
          <JsonView value={payload.optional} />
        </>
      )}
      <SignerView signature={signature} chain={beside.chain} signedAt={beside.integratedTime} logIndex={beside.logIndex} />
    </>
  );
}
