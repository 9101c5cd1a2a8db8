import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { longestChain, readCertificate, readLinks } from './certificate.ts';
import { CertificateView } from './CertificateView.tsx';

/** The certificates above a signer's, and whether each signed the one before it. */
export function ChainView({ chain }: { chain: Uint8Array[] }) {
  const loaded = useLoad(
    async () => ({ certificates: await Promise.all(chain.slice(1, longestChain).map(readCertificate)), links: await readLinks(chain) }),
    [chain],
  );
  return (
    <Loaded state={loaded} what="the chain of certificates">
      {({ certificates, links }) => (
        <>
          {chain.length > longestChain && (
            <p class="problem">The chain is long: only its first {longestChain} certificates were checked.</p>
          )}
          <p>{chainSays(links)}</p>
          {certificates.map((certificate) => (
            <details key={certificate.fingerprint}>
              <summary>{truncateText(certificate.subject, 500)}</summary>
              <CertificateView certificate={certificate} />
            </details>
          ))}
        </>
      )}
    </Loaded>
  );
}

/** Describes the result for each certificate: whether the next one signed it; for the last, whether it is self-signed. */
export function chainSays(links: boolean[]): string {
  const broken = links.slice(0, -1).indexOf(false);
  if (broken >= 0) return `Certificate ${broken + 1} of the chain was not signed with the key of the one that follows it.`;
  if (links.length === 1) return links[0] ? 'The certificate is self-signed.' : 'The certificate of its issuer is not included.';
  const linked = 'Each certificate of the chain was signed with the key of the one that follows it';
  return links.at(-1)
    ? `${linked}, the last with its own. Whether that one may be trusted was not checked.`
    : `${linked}; the issuer of the last is not included.`;
}
