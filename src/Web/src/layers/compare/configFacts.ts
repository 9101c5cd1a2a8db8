import { asList, asText, dig } from '../../artifacts/decoding/json.ts';
import { members } from '../../oci/untrustedJson.ts';

const maxFacts = 2000;

/** The compared fields of an image config: labels, and values as text. Malformed fields are omitted. */
export function configFacts(config: unknown): Map<string, string> {
  const facts = new Map<string, string>();
  const put = (name: string, value: unknown): void => {
    const text = Array.isArray(value) ? JSON.stringify(value) : asText(value);
    if (text !== undefined && facts.size < maxFacts) facts.set(name, text);
  };
  for (const [name, key] of [
    ['OS', 'os'],
    ['Architecture', 'architecture'],
    ['Variant', 'variant'],
    ['OS version', 'os.version'],
    ['Created', 'created'],
    ['Author', 'author'],
  ] as const)
    put(name, dig(config, key));
  const run = members(dig(config, 'config'));
  for (const [name, key] of [
    ['Entrypoint', 'Entrypoint'],
    ['Command', 'Cmd'],
    ['User', 'User'],
    ['Working directory', 'WorkingDir'],
    ['Stop signal', 'StopSignal'],
    ['Health check', 'Healthcheck'],
    ['Shell', 'Shell'],
  ] as const) {
    const value = run[key];
    put(name, key === 'Healthcheck' && value !== undefined ? JSON.stringify(value) : value);
  }
  for (const variable of asList(run.Env)) {
    const text = asText(variable) ?? '';
    const equals = text.indexOf('=');
    if (equals > 0) put(`Environment: ${text.slice(0, equals)}`, text.slice(equals + 1) || '(empty)');
  }
  for (const [name, value] of Object.entries(members(run.Labels))) put(`Label: ${name}`, value === '' ? '(empty)' : value);
  for (const port of Object.keys(members(run.ExposedPorts))) put(`Port: ${port}`, 'exposed');
  for (const volume of Object.keys(members(run.Volumes))) put(`Volume: ${volume}`, 'declared');
  return facts;
}
