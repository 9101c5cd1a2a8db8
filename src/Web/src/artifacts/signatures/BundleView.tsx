import { useMemo } from 'preact/hooks';
import { FactList } from '../../components/FactList.tsx';
import type { DocumentProps } from '../types.ts';
import { digestOf, readBundle } from './bundle.ts';
import { EnvelopeView } from './EnvelopeView.tsx';
import { SignerView } from './SignerView.tsx';
import { SubjectCheck } from './SubjectCheck.tsx';

/** A Sigstore bundle: a signed statement, or a signature over the manifest itself. */
export function BundleView({ value, ...props }: DocumentProps & { value: unknown }) {
  const bundle = useMemo(() => readBundle(value), [value]);
  const { chain, integratedTime: signedAt, logIndex, envelope, message } = bundle;
  const bundled = useMemo(() => ({ chain, signedAt, logIndex }), [chain, signedAt, logIndex]);
  const digest = message && digestOf(message);
  const signature = useMemo(
    () =>
      message && {
        what: 'the manifest it is about',
        data: async () => (await props.repository.manifest(digest ?? '')).bytes,
        bytes: message.signature,
      },
    [message, digest, props.repository],
  );
  return (
    <>
      <FactList
        facts={[
          ['Format', bundle.mediaType],
          ['Key hint', bundle.keyHint],
          ['Signed timestamps', bundle.timestamps > 0 && `${bundle.timestamps}, not checked`],
        ]}
      />
      {envelope && <EnvelopeView {...props} envelope={envelope} bundled={bundled} />}
      {message && (
        <>
          <SubjectCheck digest={digest} repository={props.repository} manifest={props.manifest} />
          <SignerView signature={signature} {...bundled} />
        </>
      )}
      {!envelope && !message && <p class="problem">It contains neither a statement nor a signature.</p>}
    </>
  );
}
