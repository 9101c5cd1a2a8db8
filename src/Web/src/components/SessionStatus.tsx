import { registry } from '../api/registry.ts';
import type { SessionState } from '../api/session.ts';
import { useLoad } from '../hooks/useLoad.ts';

/** Says who has signed in, and lets them out or others in. */
export function SessionStatus({ session }: { session: SessionState }) {
  // Where nobody is asked, there is nobody to sign in as.
  const accounts = useLoad(() => registry.client.challenge(), []);
  return (
    <div class="who">
      {session.user === undefined ? (
        accounts.value !== undefined && (
          <button type="button" onClick={() => registry.session.ask('')}>
            Sign in
          </button>
        )
      ) : (
        <>
          <span>
            Signed in as <b>{session.user}</b>
          </span>
          <button type="button" onClick={() => registry.session.signOut()}>
            Sign out
          </button>
        </>
      )}
    </div>
  );
}
