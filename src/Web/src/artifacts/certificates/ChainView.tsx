import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { longestChain, readCertificate, readLinks, type Link } from './certificate.ts';
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
export function chainSays(links: Link[]): string {
  const inner = links.slice(0, -1);
  const last = links.at(-1);
  const broken = inner.indexOf('wrong');
  if (broken >= 0) return `Certificate ${broken + 1} of the chain was not signed with the key of the one that follows it.`;
  const unchecked = links.findIndex((link) => typeof link === 'object');
  const link = links[unchecked];
  if (typeof link === 'object') return `The signature of certificate ${unchecked + 1} of the chain was not checked: ${link.unchecked}.`;
  if (links.length === 1) return last === 'verified' ? 'The certificate is self-signed.' : 'The certificate of its issuer is not included.';
  const linked = 'Each certificate of the chain was signed with the key of the one that follows it';
  return last === 'verified'
    ? `${linked}, the last with its own. Whether that one may be trusted was not checked.`
    : `${linked}; the issuer of the last is not included.`;
}
