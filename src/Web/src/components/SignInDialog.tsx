import { useState } from 'preact/hooks';
import { RegistryError } from '../api/errors.ts';
import { registry } from '../api/registry.ts';
import { Dialog } from './Dialog.tsx';
import { useLoad } from '../hooks/useLoad.ts';

/** Asks for credentials, which the page keeps until it is closed. */
export function SignInDialog({ why }: { why: string }) {
  const [user, setUser] = useState('');
  const [secret, setSecret] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const { value, error } = useLoad(async () => ({ challenge: await registry.client.challenge() }), []);
  const challenge = value?.challenge;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await registry.session.signIn(challenge!, user, secret);
    } catch (error) {
      const wrong = error instanceof RegistryError && error.status === 401 && error.code === 'UNAUTHORIZED';
      setProblem(
        wrong ? 'The registry does not accept these credentials: they are wrong, expired or revoked.' : String((error as Error).message),
      );
    }
    setBusy(false);
  };
  if (value && challenge === undefined) {
    return (
      <Dialog title="Sign in" onClose={() => registry.session.dismiss()}>
        <p role="status">This registry has no accounts: you do not need to sign in.</p>
        <div class="tools">
          <button type="button" onClick={() => registry.session.dismiss()}>
            Close
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Sign in" onClose={() => registry.session.dismiss()}>
      {why !== '' && <p>{why}</p>}
      {error && (
        <p role="alert" class="problem">
          {error.message}
        </p>
      )}
      <form onSubmit={submit}>
        <label>
          User name
          <input
            name="username"
            autocomplete="username"
            autocapitalize="off"
            spellcheck={false}
            required
            value={user}
            onInput={(event) => setUser(event.currentTarget.value)}
          />
        </label>
        <label>
          Secret or token
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={secret}
            onInput={(event) => setSecret(event.currentTarget.value)}
          />
        </label>
        <p class="muted">
          Use the name and secret of a robot, or any name and a token of a trusted issuer, such as Entra ID. The page keeps credentials in
          memory until you close or reload it.
        </p>
        {problem !== '' && (
          <p role="alert" class="problem">
            {problem}
          </p>
        )}
        <div class="tools">
          <button type="submit" class="primary" disabled={busy || challenge === undefined}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
          <button type="button" onClick={() => registry.session.dismiss()}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
