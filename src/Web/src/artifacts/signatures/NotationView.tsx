import { useMemo } from 'preact/hooks';
import { formatTime } from '../../format/formatters.ts';
import { FactList } from '../../components/FactList.tsx';
import { JsonView } from '../JsonView.tsx';
import type { DocumentProps } from '../types.ts';
import { asText, dig, parseJson } from '../decoding/json.ts';
import { readCose, readJws } from './notation.ts';
import { SignerView } from './SignerView.tsx';
import { SubjectCheck } from './SubjectCheck.tsx';

/** A notation signature in either of its envelopes. */
export function NotationView({ bytes, descriptor, repository, manifest }: DocumentProps) {
  const read = useMemo(
    () => (descriptor.mediaType === 'application/cose' ? readCose(bytes) : readJws(parseJson(bytes))),
    [bytes, descriptor],
  );
  const subject = manifest?.document.subject;
  const target = { mediaType: asText(dig(read.target, 'mediaType')), size: dig(read.target, 'size') };
  const isExpired = read.expiresAt !== undefined && read.expiresAt < new Date();
  return (
    <>
      <SubjectCheck digest={asText(dig(read.target, 'digest'))} repository={repository} manifest={manifest} />
      {subject && (subject.mediaType !== target.mediaType || subject.size !== target.size) && (
        <p class="check check-bad">The signed media type or size is not that of the subject.</p>
      )}
      {isExpired && <p class="check check-bad">The signature has expired by its own expiry time.</p>}
      <FactList
        facts={[
          ['Envelope', read.envelope],
          ['Signing scheme', read.scheme],
          ['Algorithm', read.algorithm],
          ['Expires', read.expiresAt && formatTime(read.expiresAt)],
          ['Signing agent', read.agent],
          ['Timestamp', read.hasTimestamp && 'included, not checked'],
        ]}
      />
      <details>
        <summary>Signed content</summary>
        <JsonView value={read.target} />
      </details>
      {read.signature ? (
        <SignerView signature={read.signature} chain={read.chain} signedAt={read.signedAt} />
      ) : (
        <p class="check">The signature was not checked: its algorithm is not supported here.</p>
      )}
    </>
  );
}
