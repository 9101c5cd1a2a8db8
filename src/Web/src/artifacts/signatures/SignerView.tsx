import { formatTime } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { readCertificate } from '../certificates/certificate.ts';
import { CertificateView } from '../certificates/CertificateView.tsx';
import { ChainView } from '../certificates/ChainView.tsx';
import { FactList } from '../../components/FactList.tsx';
import { SignatureCheck } from './SignatureCheck.tsx';
import type { Signature } from './verify.ts';

interface SignerProps {
  /** Undefined if the artifact contains none. */
  signature?: Signature;
  /** DER, the signer's certificate first; empty if the signature was made with a key only. */
  chain: Uint8Array[];
  signedAt?: Date;
  /** Index in the transparency log Rekor. */
  logIndex?: string;
}

/** The signer as stated by the signature, and the results of checks. */
export function SignerView({ signature, chain, signedAt, logIndex }: SignerProps) {
  const [first] = chain;
  const certificate = useLoad(async () => ({ of: first && (await readCertificate(first)) }), [first]);
  return (
    <>
      {(signedAt || logIndex) && (
        <FactList
          facts={[
            ['Time stated', signedAt && formatTime(signedAt)],
            ['Log index (Rekor)', logIndex],
          ]}
        />
      )}
      <Loaded state={certificate} what="the certificate of the signer">
        {({ of }) => (
          <>
            {of && (
              <>
                <h3>Certificate of the signer</h3>
                <CertificateView certificate={of} signedAt={signedAt} />
                <ChainView chain={chain} />
              </>
            )}
            {signature ? (
              <SignatureCheck signature={signature} certificateKey={of?.spki} />
            ) : (
              <p class="check check-bad">It contains no signature.</p>
            )}
          </>
        )}
      </Loaded>
      {logIndex && (
        <p class="muted">The entry in the transparency log was not verified: the web UI sends requests to this registry only.</p>
      )}
    </>
  );
}
