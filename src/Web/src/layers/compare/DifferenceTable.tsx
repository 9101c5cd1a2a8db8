import { formatCount } from '../../format/formatters.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { escapeInvisible } from '../../format/invisibleCharacters.ts';
import { stateOf, type Difference } from './differences.ts';

/** Lines of a table, and characters of a value, that are shown. */
const maxRows = 1000;
const maxValue = 2000;

/** The differences by name, with both values. */
export function DifferenceTable({ differences, what, sides }: { differences: readonly Difference[]; what: string; sides: Sides }) {
  const rows = differences.filter((difference) => stateOf(difference) !== 'same');
  const same = differences.length - rows.length;
  if (differences.length === 0) return <p class="muted">There is nothing to compare.</p>;
  return (
    <>
      {rows.length > 0 && (
        <ScrollArea label={`Differences: ${what}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{what}</th>
                <th scope="col">Difference</th>
                <th scope="col">{escapeInvisible(sides.one)}</th>
                <th scope="col">{escapeInvisible(sides.other)}</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, maxRows).map((row) => (
                <tr key={row.name} class={`is-${stateOf(row)}`}>
                  <th scope="row">
                    <bdi>{escapeInvisible(row.name)}</bdi>
                  </th>
                  <td>{stateOf(row)}</td>
                  <td>
                    <Value of={row.one} />
                  </td>
                  <td>
                    <Value of={row.other} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {rows.length > maxRows && <p class="problem">{formatCount(rows.length - maxRows)} more differ.</p>}
      <p class="muted">
        {rows.length === 0 ? 'No differences.' : same === 1 ? 'One more is the same.' : `${formatCount(same)} more are the same.`}
      </p>
    </>
  );
}

/** Titles of the two sides. */
export interface Sides {
  one: string;
  other: string;
}

function Value({ of }: { of: string | undefined }) {
  if (of === undefined) return <span class="muted">–</span>;
  return (
    <bdi class="value">
      {escapeInvisible(of.slice(0, maxValue))}
      {of.length > maxValue && '…'}
    </bdi>
  );
}
