import { useState } from 'preact/hooks';
import { formatCount } from '../../format/formatters.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { truncateText } from '../../format/invisibleCharacters.ts';

const rowsAtOnce = 200;
/** Longer texts are cut. In UTF-16 code units. */
const longestText = 500;

/** A collapsible table of texts; long tables are shown in parts. */
export function CollapsibleTable({
  title,
  heads,
  rows,
  isOpen = false,
}: {
  title: string;
  heads: string[];
  rows: string[][];
  isOpen?: boolean;
}) {
  const [shown, setShown] = useState(rowsAtOnce);
  if (rows.length === 0) return <p class="muted">{title}: none</p>;
  return (
    <details open={isOpen}>
      <summary>
        {title} ({formatCount(rows.length)})
      </summary>
      <ScrollArea label={title}>
        <table>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column}>{truncateText(cell, longestText)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {rows.length > shown && (
        <p class="tools">
          <button type="button" onClick={() => setShown(shown + rowsAtOnce)}>
            Show more of {formatCount(rows.length)}
          </button>
        </p>
      )}
    </details>
  );
}
