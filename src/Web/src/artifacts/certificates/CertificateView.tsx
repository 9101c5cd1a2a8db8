import { formatTime } from '../../format/formatters.ts';
import { FactList } from '../../components/FactList.tsx';
import type { Certificate } from './certificate.ts';

/** A certificate, and whether the time of signing was within its validity. */
export function CertificateView({ certificate, signedAt }: { certificate: Certificate; signedAt?: Date }) {
  const { notBefore, notAfter } = certificate;
  return (
    <>
      <FactList
        facts={[
          ['Subject', certificate.subject],
          ...certificate.names.map(({ type, value }): [string, string] => [`Name (${type})`, value]),
          ['Issuer', certificate.issuer],
          ...certificate.identity,
          ['Valid from', formatTime(notBefore)],
          ['Valid to', `${formatTime(notAfter)}${notAfter < new Date() ? ' (past)' : ''}`],
          ['Key', certificate.key],
          ['Serial number', certificate.serialNumber],
          ['SHA-256', certificate.fingerprint],
        ]}
      />
      {signedAt &&
        !Number.isNaN(signedAt.getTime()) &&
        (signedAt >= notBefore && signedAt <= notAfter ? (
          <p class="muted">The stated time, which was not verified, is within the validity of the certificate.</p>
        ) : (
          <p class="check check-bad">The stated time is outside the validity of the certificate.</p>
        ))}
    </>
  );
}
