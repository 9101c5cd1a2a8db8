import { useMemo } from 'preact/hooks';
import { isDigest } from '../../oci/names.ts';
import { formatCount } from '../../format/formatters.ts';
import { manifestPath } from '../../routing/paths.ts';
import { FactList } from '../../components/FactList.tsx';
import { JsonView } from '../JsonView.tsx';
import type { DocumentProps } from '../types.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { readSbom } from '../sboms/readSbom.ts';
import { SbomView } from '../sboms/SbomView.tsx';
import { SubjectCheck } from '../signatures/SubjectCheck.tsx';
import { ProvenanceView } from './ProvenanceView.tsx';
import { readProvenance } from './provenance.ts';
import { readStatement, type Statement } from './statement.ts';

/** In UTF-16 code units. */
const longestText = 500;

/** An in-toto statement: its subjects, and its predicate in the view of its type. */
export function StatementView({ statement: value, repository, manifest }: DocumentProps & { statement: unknown }) {
  const statement = useMemo(() => readStatement(value), [value]);
  const digests = statement.subjects.flatMap((subject) => subject.digests);
  const attachedTo = manifest?.document.subject?.digest;
  return (
    <>
      <SubjectCheck
        digest={attachedTo !== undefined && digests.includes(attachedTo) ? attachedTo : digests.find(isDigest)}
        repository={repository}
        manifest={manifest}
      />
      <FactList
        facts={[
          ['Predicate', statement.predicateType],
          ['Statement', statement.type],
        ]}
      />
      {(statement.subjects.length > 1 || statement.subjects[0]?.name !== undefined) && <Subjects of={statement} name={repository.name} />}
      <Predicate of={statement} />
    </>
  );
}

function Subjects({ of: { subjects, moreSubjects }, name }: { of: Statement; name: string }) {
  return (
    <details>
      <summary>
        {formatCount(subjects.length + moreSubjects)} subject{subjects.length + moreSubjects === 1 ? '' : 's'}
      </summary>
      <ul>
        {subjects.map((subject, index) => (
          <li key={index}>
            {truncateText(subject.name ?? '', longestText)}{' '}
            {subject.digests.map((digest) =>
              isDigest(digest) ? (
                <a key={digest} href={manifestPath(name, digest)}>
                  <code>{digest}</code>
                </a>
              ) : (
                <code key={digest}>{truncateText(digest, longestText)}</code>
              ),
            )}
          </li>
        ))}
        {moreSubjects > 0 && <li>{formatCount(moreSubjects)} more are not shown.</li>}
      </ul>
    </details>
  );
}

function Predicate({ of: { predicateType, predicate } }: { of: Statement }) {
  const known = useMemo(
    () => ({ provenance: readProvenance(predicateType, predicate), sbom: readSbom(predicate) }),
    [predicateType, predicate],
  );
  return (
    <>
      {known.provenance && <ProvenanceView provenance={known.provenance} />}
      {known.sbom && <SbomView sbom={known.sbom} />}
      <details open={!known.provenance && !known.sbom}>
        <summary>Raw predicate</summary>
        <JsonView value={predicate} />
      </details>
    </>
  );
}
