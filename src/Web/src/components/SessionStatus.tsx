import { registry } from '../api/registry.ts';
import type { SessionState } from '../api/session.ts';
import { useLoad } from '../hooks/useLoad.ts';

/** Shows the signed-in user, with buttons to sign in and out. */
export function SessionStatus({ session }: { session: SessionState }) {
  // Without a challenge the registry has no accounts to sign in with.
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
