import { useMemo } from 'preact/hooks';
import { registry } from '../../api/registry.ts';
import { ManifestGraph } from '../../graph/ManifestGraph.tsx';
import { isImageConfig, isIndex } from '../../oci/mediaTypes.ts';
import type { StoredManifest } from '../../oci/types.ts';
import { shortDigest } from '../../format/formatters.ts';
import { lazyComponent } from '../../components/lazyComponent.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { Page } from '../../components/Page.tsx';
import { homePath, manifestPath, repositoryPath } from '../../routing/paths.ts';
import { Tabs } from '../../components/Tabs.tsx';
import { BlobSection } from './BlobSection.tsx';
import { CompareSection } from './CompareSection.tsx';
import { ManifestContents } from './ManifestContents.tsx';
import { ManifestOverview } from './ManifestOverview.tsx';
import { ManifestJson } from './ManifestJson.tsx';

const MergedFiles = lazyComponent('the files', async () => (await import('../../layers/lazyViews.ts')).ImageFiles);

export function ManifestPage({
  name,
  reference,
  query,
  visit,
}: {
  name: string;
  reference: string;
  query: URLSearchParams;
  visit: number;
}) {
  const repository = useMemo(() => registry.repository(name), [name]);
  const load = useLoad((signal) => repository.manifest(reference, signal), [name, reference]);
  const [view, blob, other] = [query.get('view') ?? '', query.get('blob'), query.get('compare')];
  const tag = reference.includes(':') ? undefined : reference;
  const title = tag === undefined ? `${name}@${shortDigest(reference)}` : `${name}:${tag}`;
  const inside = blob !== null || other !== null;
  return (
    <Page
      title={other !== null ? `${title} compared` : title}
      part={blob !== null ? 'Blob' : (parts[view] ?? '')}
      visit={visit}
      above={
        <>
          <a href={homePath}>Repositories</a> <a href={repositoryPath(name)}>{name}</a>{' '}
          {inside && <a href={manifestPath(name, reference)}>{tag ?? shortDigest(reference)}</a>}
        </>
      }
    >
      <Loaded state={load} what="the manifest">
        {(manifest) => {
          if (blob !== null) return <BlobSection key={blob} repository={repository} manifest={manifest} digest={blob} />;
          if (other !== null)
            return <CompareSection key={other} repository={repository} one={manifest} oneName={reference} other={other} />;
          return (
            <>
              <Tabs label="Views of the manifest" tabs={tabsOf(name, reference, manifest)} current={view} />
              {view === 'graph' ? (
                <ManifestGraph repository={repository} manifest={manifest} {...(tag && { tag })} />
              ) : view === 'files' && isIndex(manifest.mediaType) ? (
                <>
                  <p>An index has no files of its own. Its images have:</p>
                  <ManifestContents repository={repository} manifest={manifest} />
                </>
              ) : view === 'files' ? (
                <MergedFiles repository={repository} manifest={manifest} />
              ) : view === 'json' ? (
                <ManifestJson repository={repository} manifest={manifest} />
              ) : (
                <ManifestOverview repository={repository} manifest={manifest} {...(tag && { tag })} />
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

const parts: Record<string, string> = { graph: 'Graph', files: 'Files', json: 'JSON' };

function tabsOf(name: string, reference: string, { document }: StoredManifest) {
  return [
    { name: 'Overview', view: '', href: manifestPath(name, reference) },
    { name: 'Graph', view: 'graph', href: manifestPath(name, reference, 'graph') },
    ...(document.config && isImageConfig(document.config.mediaType)
      ? [{ name: 'Files', view: 'files', href: manifestPath(name, reference, 'files') }]
      : []),
    { name: 'JSON', view: 'json', href: manifestPath(name, reference, 'json') },
  ];
}
