import { registry } from '../api/registry.ts';
import type { SessionState } from '../api/session.ts';

/** Says who has signed in, and lets them out or others in. */
export function Who({ session }: { session: SessionState }) {
  return (
    <div class="who">
      {session.user === undefined
        ? <button type="button" onClick={() => registry.session.ask('')}>Sign in</button>
        : <>
            <span>Signed in as <b>{session.user}</b></span>
            <button type="button" onClick={() => registry.session.signOut()}>Sign out</button>
          </>}
    </div>
  );
}
