import { useEffect } from 'preact/hooks';
import { canVerify } from '../api/digests.ts';
import { usePlace, type Place } from '../navigation.tsx';
import { lazily } from '../parts/lazily.tsx';
import { Page } from '../parts/Page.tsx';
import { homePath, usagePath } from '../parts/paths.ts';
import { useSession } from '../parts/useSession.ts';
import { HomePage } from './home/HomePage.tsx';
import { SignIn } from './SignIn.tsx';
import { Who } from './Who.tsx';

const RepositoryPage = lazily('the repository', async () => (await import('./inner.ts')).RepositoryPage);
const ManifestPage = lazily('the manifest', async () => (await import('./inner.ts')).ManifestPage);
const UsagePage = lazily('the usage', async () => (await import('./inner.ts')).UsagePage);

export function App() {
  const place = usePlace();
  const session = useSession();
  // The dialog is gone, and with it, perhaps, what had the focus before.
  useEffect(() => {
    if (session.version > 0) document.getElementById('main')!.focus();
  }, [session.version]);
  const current = (page: string) => (place.route.page === page ? 'page' : undefined);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={homePath}>
          Registry
        </a>
        <nav aria-label="Site">
          <a href={homePath} aria-current={current('home')}>
            Repositories
          </a>
          <a href={usagePath} aria-current={current('usage')}>
            Usage
          </a>
        </nav>
        <Who session={session} />
      </header>
      {/* Anew for whoever signs in or out: what was got before is another's. */}
      <main id="main" tabIndex={-1} key={session.version}>
        <View place={place} />
      </main>
      {!canVerify() && (
        <footer>
          <p class="muted">
            This page did not come by https, where browsers compute no digests: nothing it shows could be verified against its digest.
          </p>
        </footer>
      )}
      {session.asked !== undefined && <SignIn why={session.asked} />}
    </>
  );
}

function View({ place: { route, visit } }: { place: Place }) {
  switch (route.page) {
    case 'home':
      return <HomePage visit={visit} />;
    case 'usage':
      return <UsagePage visit={visit} />;
    case 'repository':
      return <RepositoryPage key={route.name} name={route.name} query={route.query} visit={visit} />;
    case 'manifest':
      return (
        <ManifestPage
          key={`${route.name} ${route.reference}`}
          name={route.name}
          reference={route.reference}
          query={route.query}
          visit={visit}
        />
      );
    case 'unknown':
      return (
        <Page title="There is no such page" visit={visit}>
          <p>
            Nothing has the address <code>{route.path.slice(0, 300)}</code>. See <a href={homePath}>all repositories</a>.
          </p>
        </Page>
      );
  }
}
