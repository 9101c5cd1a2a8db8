import { useMemo } from 'preact/hooks';
import { lazyComponent } from '../components/lazyComponent.tsx';
import { StatementView } from './attestations/StatementView.tsx';
import { isStatement } from './attestations/statement.ts';
import { JsonView } from './JsonView.tsx';
import type { DocumentProps } from './types.ts';
import { dig, parseJson } from './decoding/json.ts';
import { decodeText } from './decoding/text.ts';
import { readSbom } from './sboms/readSbom.ts';
import { SbomView } from './sboms/SbomView.tsx';
import { readEnvelope } from './signatures/dsse.ts';
import { TextView } from './TextView.tsx';

const SimpleSigningView = lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).SimpleSigningView);
const NotationView = lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).NotationView);
const BundleView = lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).BundleView);
const EnvelopeView = lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).EnvelopeView);

/** A JSON document in the view of its type, and as a tree. */
export function JsonDocument(props: DocumentProps) {
  const { bytes, descriptor } = props;
  const read = useMemo(() => {
    try {
      const value = parseJson(bytes);
      return { value, sbom: readSbom(value), what: detectDocument(value, descriptor.mediaType) };
    } catch {
      return undefined;
    }
  }, [bytes, descriptor.mediaType]);
  const envelope = useMemo(() => (read?.what === 'envelope' ? readEnvelope(read.value) : undefined), [read]);
  if (read === undefined) return <TextView text={decodeText(bytes) ?? ''} />;
  const { value, sbom, what } = read;
  return (
    <>
      {sbom && <SbomView sbom={sbom} />}
      {what === 'statement' && <StatementView {...props} statement={value} />}
      {envelope && <EnvelopeView {...props} envelope={envelope} />}
      {what === 'bundle' && <BundleView {...props} value={value} />}
      {what === 'simple signing' && <SimpleSigningView {...props} />}
      {what === 'notation' && <NotationView {...props} />}
      {sbom || what ? (
        <details>
          <summary>JSON</summary>
          <JsonView value={value} />
        </details>
      ) : (
        <JsonView value={value} />
      )}
    </>
  );
}

/** The kind of signature or statement that a JSON value is. */
export function detectDocument(
  value: unknown,
  mediaType: string,
): 'statement' | 'envelope' | 'bundle' | 'simple signing' | 'notation' | undefined {
  if (isStatement(value)) return 'statement';
  if (dig(value, 'verificationMaterial') !== undefined) return 'bundle';
  if (dig(value, 'critical', 'image') !== undefined) return 'simple signing';
  if (mediaType === 'application/jose+json') return 'notation';
  return typeof dig(value, 'payloadType') === 'string' && typeof dig(value, 'payload') === 'string' ? 'envelope' : undefined;
}
