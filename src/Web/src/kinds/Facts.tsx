import { Fragment, type ComponentChildren } from 'preact';
import { cutText } from '../parts/visible.ts';

/** Longer values are cut. In UTF-16 code units. */
const longest = 5000;

/** Facts as a list of terms; those without a value are left out. */
export function Facts({ of }: { of: [term: string, value: ComponentChildren][] }) {
  const known = of.filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false);
  if (known.length === 0) return null;
  return (
    <dl class="facts">
      {known.map(([term, value], index) => (
        <Fragment key={index}>
          <dt>{term}</dt>
          <dd>{typeof value === 'string' ? cutText(value, longest) : value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
