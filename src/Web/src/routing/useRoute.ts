import { useEffect, useState } from 'preact/hooks';
import { isOwnPage, parseRoute, type Route } from './parseRoute.ts';

/** The current location, and its number in this session. */
export interface CurrentRoute {
  route: Route;
  path: string;
  visit: number;
}

const navigationEvent = 'registry-navigation';

/** Navigates within the web UI without a page load. */
export function navigate(path: string, replace = false): void {
  if (!replace) history.replaceState({ ...(history.state as object | null), scroll: scrollY }, '');
  history[replace ? 'replaceState' : 'pushState']({ scroll: 0 }, '', path);
  dispatchEvent(new Event(navigationEvent));
}

/** Handles links and the browser's history buttons. */
export function useRoute(): CurrentRoute {
  const [place, setPlace] = useState<CurrentRoute>(() => currentRoute(0));
  useEffect(() => {
    history.scrollRestoration = 'manual';
    const follow = (event: MouseEvent) => onClick(event);
    let stop = () => {};
    let path = location.pathname + location.search;
    const arrive = (event: Event) => {
      // A fragment within the page, such as the skip link: the browser scrolls there automatically.
      if (event.type === 'popstate' && location.hash !== '' && path === location.pathname + location.search) return;
      path = location.pathname + location.search;
      stop();
      setPlace((last) => currentRoute(last.visit + 1));
      stop = scrollWhenTall(Number((history.state as { scroll?: unknown } | null)?.scroll) || 0);
    };
    // Saved on every change: after the browser's history buttons it would be too late.
    let saving = 0;
    const save = () => {
      clearTimeout(saving);
      saving = window.setTimeout(() => history.replaceState({ ...(history.state as object | null), scroll: scrollY }, ''), 150);
    };
    document.addEventListener('click', follow);
    addEventListener('popstate', arrive);
    addEventListener(navigationEvent, arrive);
    addEventListener('scroll', save, { passive: true });
    return () => {
      stop();
      document.removeEventListener('click', follow);
      removeEventListener('popstate', arrive);
      removeEventListener(navigationEvent, arrive);
      removeEventListener('scroll', save);
    };
  }, []);
  return place;
}

const currentRoute = (visit: number): CurrentRoute => ({
  route: parseRoute(location.pathname, location.search),
  path: location.pathname + location.search,
  visit,
});

/** Handles plain clicks on links within the web UI; everything else is left to the browser. */
function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest<HTMLAnchorElement | SVGAElement>('a[href]');
  if (!link || (link.getAttribute('target') ?? '_self') !== '_self' || link.hasAttribute('download')) return;
  const address = new URL(link.getAttribute('href')!, location.href);
  if (address.origin !== location.origin || !isOwnPage(address.pathname)) return;
  // A fragment within the page.
  if (address.hash !== '' && address.pathname === location.pathname && address.search === location.search) return;
  event.preventDefault();
  navigate(address.pathname + address.search + address.hash);
}

/** Restores the scroll position once enough content has loaded, for a limited time, unless the user scrolls. */
function scrollWhenTall(top: number): () => void {
  scrollTo(0, top);
  if (top === 0) return () => {};
  const watcher = new ResizeObserver(() => {
    scrollTo(0, top);
    if (Math.abs(scrollY - top) < 2) stop();
  });
  const stop = () => {
    watcher.disconnect();
    removeEventListener('wheel', stop);
    removeEventListener('keydown', stop);
    removeEventListener('touchstart', stop);
  };
  watcher.observe(document.body);
  for (const by of ['wheel', 'keydown', 'touchstart']) addEventListener(by, stop, { passive: true });
  setTimeout(stop, 3000);
  return stop;
}
