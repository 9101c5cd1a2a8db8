import type { ComponentType } from 'preact';
import { Loaded, useLoad } from './loaded.tsx';

/** A component whose code is fetched when it is first shown. */
export function lazily<P extends object>(what: string, get: () => Promise<ComponentType<P>>): ComponentType<P> {
  let got: Promise<ComponentType<P>> | undefined;
  const once = () =>
    (got ??= get().catch((error: unknown) => {
      got = undefined;
      throw error;
    }));
  return function Lazily(props: P) {
    const load = useLoad(once, []);
    return <Loaded of={load} what={what}>{(Component) => <Component {...props} />}</Loaded>;
  };
}
