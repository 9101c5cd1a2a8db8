import type { ComponentType } from 'preact';
import { Loaded } from './Loaded.tsx';
import { useLoad } from '../hooks/useLoad.ts';

/** A component whose code is fetched when it is first shown. */
export function lazyComponent<P extends object>(what: string, get: () => Promise<ComponentType<P>>): ComponentType<P> {
  let got: Promise<ComponentType<P>> | undefined;
  const once = () =>
    (got ??= get().catch((error: unknown) => {
      got = undefined;
      throw error;
    }));
  return function Lazily(props: P) {
    const load = useLoad(once, []);
    // Usually the registry has been updated, and no longer has the files of this page.
    if (load.error) {
      return (
        <div role="alert">
          <p class="problem">A part of this page could not be loaded. The registry may have been updated since the page was opened.</p>
          <button type="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        </div>
      );
    }
    return (
      <Loaded state={load} what={what}>
        {(Component) => <Component {...props} />}
      </Loaded>
    );
  };
}
