import { Fragment, type ComponentChildren } from 'preact';
import { truncateText } from '../format/invisibleCharacters.ts';

/** Longer values are cut. In UTF-16 code units. */
const longest = 5000;

/** A description list of facts; those without a value are omitted. */
export function FactList({ facts }: { facts: [term: string, value: ComponentChildren][] }) {
  const known = facts.filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false);
  if (known.length === 0) return null;
  return (
    <dl class="facts">
      {known.map(([term, value], index) => (
        <Fragment key={index}>
          <dt>{term}</dt>
          <dd>{typeof value === 'string' ? truncateText(value, longest) : value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
