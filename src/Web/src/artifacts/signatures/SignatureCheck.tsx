import { useId, useState } from 'preact/hooks';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad, type LoadState } from '../../hooks/useLoad.ts';
import type { Scheme } from './scheme.ts';
import { keyFromPem, madeBy, type Signature } from './verify.ts';

/** A signature that does not state its scheme may use one that was not tried. */
const unsaid = ({ scheme }: Signature): string => (scheme === undefined ? ', in any way that this page knows' : '');

/** Whether a key made the signature. */
interface Checked {
  scheme?: Scheme;
}

/** Checks a signature with its certificate, and with a key that the user provides. */
export function SignatureCheck({ signature, certificateKey }: { signature: Signature; certificateKey?: Uint8Array<ArrayBuffer> }) {
  return (
    <>
      {certificateKey && <CertificateCheck signature={signature} spki={certificateKey} />}
      <KeyCheck signature={signature} isOnly={certificateKey === undefined} />
    </>
  );
}

function CertificateCheck({ signature, spki }: { signature: Signature; spki: Uint8Array<ArrayBuffer> }) {
  const checked = useLoad(async (): Promise<Checked> => ({ scheme: await madeBy(spki, signature) }), [signature, spki]);
  return (
    <Loaded state={checked} what="the check of the signature">
      {({ scheme }) =>
        scheme ? (
          <p class="check check-good">
            The signature over {signature.what} was made with the key of this certificate ({scheme.title}). Whether the certificate may be
            trusted was not checked: neither its issuer, nor revocation, nor a transparency log.
          </p>
        ) : (
          <p class="check check-bad">
            The signature over {signature.what} was not made with the key of this certificate{unsaid(signature)}.
          </p>
        )
      }
    </Loaded>
  );
}

function KeyCheck({ signature, isOnly }: { signature: Signature; isOnly: boolean }) {
  const id = useId();
  const [pem, setPem] = useState('');
  const [checked, setChecked] = useState<LoadState<Checked>>();
  const check = async (event: Event) => {
    event.preventDefault();
    setChecked({});
    try {
      setChecked({ value: { scheme: await madeBy(await keyFromPem(pem), signature) } });
    } catch (error) {
      setChecked({ error: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  return (
    <details open={isOnly}>
      <summary>Check with your own key</summary>
      {isOnly && (
        <p>
          The signature holds no certificate. With the public key of the signer it can be checked here; the key does not leave the browser.
        </p>
      )}
      <form class="key-check" onSubmit={check}>
        <label for={id}>Public key or certificate (PEM)</label>
        <textarea id={id} rows={5} cols={66} spellcheck={false} value={pem} onInput={(event) => setPem(event.currentTarget.value)} />
        <p class="tools">
          <button type="submit" disabled={pem.trim() === ''}>
            Check
          </button>
        </p>
      </form>
      {checked && (
        <Loaded state={checked} what="the check of the signature">
          {({ scheme }) =>
            scheme ? (
              <p role="status" class="check check-good">
                The signature over {signature.what} was made with this key ({scheme.title}).
              </p>
            ) : (
              <p role="status" class="check check-bad">
                The signature over {signature.what} was not made with this key{unsaid(signature)}.
              </p>
            )
          }
        </Loaded>
      )}
    </details>
  );
}
