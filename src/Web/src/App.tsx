import { useEffect } from 'preact/hooks';
import { canVerify } from './api/digests.ts';
import { useRoute, type CurrentRoute } from './routing/useRoute.ts';
import { lazyComponent } from './components/lazyComponent.tsx';
import { Page } from './components/Page.tsx';
import { homePath, usagePath } from './routing/paths.ts';
import { useSession } from './hooks/useSession.ts';
import { HomePage } from './pages/home/HomePage.tsx';
import { SignInDialog } from './components/SignInDialog.tsx';
import { SessionStatus } from './components/SessionStatus.tsx';

const RepositoryPage = lazyComponent('the repository', async () => (await import('./pages/lazyPages.ts')).RepositoryPage);
const ManifestPage = lazyComponent('the manifest', async () => (await import('./pages/lazyPages.ts')).ManifestPage);
const UsagePage = lazyComponent('the usage', async () => (await import('./pages/lazyPages.ts')).UsagePage);

export function App() {
  const place = useRoute();
  const session = useSession();
  // The dialog is closed, and the element that had the focus before may be gone.
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
        <SessionStatus session={session} />
      </header>
      {/* Rendered again after sign-in and sign-out: loaded data belongs to the previous identity. */}
      <main id="main" tabIndex={-1} key={session.version}>
        <View place={place} />
      </main>
      {!canVerify() && (
        <footer>
          <p class="muted">Digests were not verified: browsers compute them only for pages served over https or from localhost.</p>
        </footer>
      )}
      {session.asked !== undefined && <SignInDialog why={session.asked} />}
    </>
  );
}

function View({ place: { route, visit } }: { place: CurrentRoute }) {
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
        <Page title="Page not found" visit={visit}>
          <p>
            There is nothing at <code>{route.path.slice(0, 300)}</code>. See <a href={homePath}>all repositories</a>.
          </p>
        </Page>
      );
  }
}
