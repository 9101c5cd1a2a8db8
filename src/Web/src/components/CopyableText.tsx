import { useEffect, useState } from 'preact/hooks';

/** A line of text with a button that copies it. */
export function CopyableText({ text, label }: { text: string; label: string }) {
  return (
    <div class="copy">
      <code tabIndex={0} role="textbox" aria-readonly="true" aria-label={label}>
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setOutcome(''), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  // Browsers provide the clipboard in secure contexts only.
  if (globalThis.navigator?.clipboard === undefined) return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome('Copied'),
      () => setOutcome('Not copied'),
    );
  return (
    <button type="button" class="small" onClick={copy} aria-label={`Copy ${label}`}>
      <span role="status">{outcome || 'Copy'}</span>
    </button>
  );
}
