import { useMemo } from 'preact/hooks';
import { StatementView } from '../attestations/StatementView.tsx';
import { FactList } from '../../components/FactList.tsx';
import { HexView } from '../HexView.tsx';
import { JsonView } from '../JsonView.tsx';
import type { DocumentProps } from '../types.ts';
import { parseJson } from '../decoding/json.ts';
import { signaturesOf, type Envelope } from './dsse.ts';
import { readCosignAnnotations } from './simpleSigning.ts';
import { SignerView } from './SignerView.tsx';

/**
 * A signed statement. With cosign's older attestations the certificate is in the annotations of the descriptor, in a bundle beside the
 * envelope.
 */
export function EnvelopeView({
  envelope,
  bundled,
  ...props
}: DocumentProps & { envelope: Envelope; bundled?: { chain: Uint8Array[]; signedAt?: Date; logIndex?: string } }) {
  const beside = useMemo(() => {
    if (bundled) return bundled;
    const { chain, integratedTime, logIndex } = readCosignAnnotations(props.descriptor.annotations);
    return { chain, signedAt: integratedTime, logIndex };
  }, [bundled, props.descriptor]);
  const signatures = useMemo(() => signaturesOf(envelope), [envelope]);
  return (
    <>
      <Payload {...props} envelope={envelope} />
      <h3>{signatures.length > 1 ? 'Signatures' : 'Signature'}</h3>
      {signatures.length === 0 && <p class="check check-bad">It is not signed.</p>}
      {signatures.map((signature, index) => (
        <div key={index}>
          <FactList facts={[['Key', envelope.signatures[index]?.keyId]]} />
          <SignerView signature={signature} {...beside} />
        </div>
      ))}
    </>
  );
}

function Payload({ envelope, ...props }: DocumentProps & { envelope: Envelope }) {
  const value = useMemo(() => {
    try {
      return { json: parseJson(envelope.payload) };
    } catch {
      return undefined;
    }
  }, [envelope]);
  if (envelope.payloadType === 'application/vnd.in-toto+json' && value) return <StatementView {...props} statement={value.json} />;
  return (
    <>
      <FactList facts={[['Payload type', envelope.payloadType]]} />
      {value ? <JsonView value={value.json} /> : <HexView bytes={envelope.payload.subarray(0, 4096)} />}
    </>
  );
}
