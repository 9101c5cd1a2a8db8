import { useEffect, useState } from 'preact/hooks';
import { registry } from '../api/registry.ts';
import type { SessionState } from '../api/session.ts';

/** The state of the session, updated on changes. */
export function useSession(): SessionState {
  const [state, setState] = useState(registry.session.state);
  useEffect(() => registry.session.watch(() => setState(registry.session.state)), []);
  return state;
}
