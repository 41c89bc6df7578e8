/** One record of a payload: what it became and why, field by field, with what is missing and what was not used. */
import type { ReactNode } from "react";
import type { DoctorRecord } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";
import { Table, type Column } from "@/components/ui/table";

type Field = DoctorRecord["fields"][number];

const OUTCOMES: Readonly<Record<DoctorRecord["outcome"], { status: Status; word: string }>> = {
  request: { status: "pass", word: "Request" },
  score: { status: "pass", word: "Score" },
  passed_over: { status: "neutral", word: "Passed over" },
  refused: { status: "breach", word: "Refused" },
};

const PLACES: Readonly<Record<Field["place"], string>> = {
  own: "this application’s own key",
  span: "",
  resource: "in the resource",
  metadata: "in the metadata",
  record: "",
  derived: "follows from the record",
};

export function DoctorRecordCard({ record }: { record: DoctorRecord }): ReactNode {
  const { status, word } = OUTCOMES[record.outcome];
  return (
    <Card
      title={`${record.index + 1}. ${record.title}`}
      actions={<StatusBadge status={status}>{word}</StatusBadge>}
      flush
    >
      <div className="flex flex-col gap-3 p-3">
        <p className="text-md break-words">{record.why}</p>
        {record.conventions.length > 0 && <p className="text-muted">Written in: {record.conventions.join(", ")}.</p>}
        <Problems record={record} />
        <Missing record={record} />
      </div>
      {record.fields.length > 0 && <Fields record={record} />}
      <Unused record={record} />
    </Card>
  );
}

/** What is there and could not be used. */
function Problems({ record }: { record: DoctorRecord }): ReactNode {
  if (record.problems.length === 0) return null;
  return (
    <div>
      <h3 className="font-semibold">Not understood</h3>
      <ul className="mt-1 flex flex-col gap-2">
        {record.problems.map(({ key, problem, remedy }) => (
          <li key={`${key ?? ""} ${problem}`} className="border-l-2 border-breach pl-3">
            <span className="block break-words">
              {key !== null && <code className="mr-1.5 break-all">{key}</code>}
              {problem}.
            </span>
            <span className="block text-muted">Remedy: {remedy}.</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is not there, what follows, and how to tell it. */
function Missing({ record }: { record: DoctorRecord }): ReactNode {
  if (record.missing.length === 0) return null;
  return (
    <div>
      <h3 className="font-semibold">Missing</h3>
      <ul className="mt-1 flex flex-col gap-2">
        {record.missing.map(({ field, label, consequence, remedy, lookedFor }) => (
          <li key={field} className="border-l-2 border-review pl-3">
            <span className="block break-words">
              <strong className="font-medium">No {label}:</strong> {consequence}.
            </span>
            <span className="block break-words text-muted">Remedy: {remedy}.</span>
            <details className="text-sm text-muted">
              <summary className="min-h-6 cursor-pointer">Keys looked for ({lookedFor.length})</summary>
              <ol className="list-decimal pl-6">
                {lookedFor.map((key) => (
                  <li key={key} className="break-all">
                    {key}
                  </li>
                ))}
              </ol>
            </details>
          </li>
        ))}
      </ul>
    </div>
  );
}

const COLUMNS: readonly Column<Field>[] = [
  { key: "label", header: "Field", lead: true, cell: ({ label }) => <span className="font-medium">{label}</span> },
  {
    key: "value",
    header: "Understood as",
    cell: ({ value, note }) => (
      <>
        <span className="break-all">{value}</span>
        {note !== null && <span className="block text-sm text-muted">{note}</span>}
      </>
    ),
  },
  {
    key: "key",
    header: "From",
    cell: ({ key, place }) => (
      <>
        {key !== null && <code className="mr-1.5 break-all">{key}</code>}
        {PLACES[place] !== "" && <span className="text-sm text-muted">{PLACES[place]}</span>}
      </>
    ),
  },
  {
    key: "convention",
    header: "Convention",
    cell: ({ convention, key }) =>
      convention ?? <span className="text-muted">{key === null ? "—" : "none: the application’s own"}</span>,
  },
];

function Fields({ record }: { record: DoctorRecord }): ReactNode {
  const caption = `Fields of record ${record.index + 1}`;
  return (
    <ScrollArea label={caption} className="border-t border-hairline">
      <Table caption={caption} columns={COLUMNS} rows={record.fields} rowKey={({ field }) => field} />
    </ScrollArea>
  );
}

function Unused({ record }: { record: DoctorRecord }): ReactNode {
  if (record.unused.length === 0) return null;
  return (
    <details className="border-t border-hairline px-3 py-2">
      <summary className="min-h-6 cursor-pointer text-muted">
        {record.unused.length === 1 ? "1 key" : `${record.unused.length} keys`} fed no field
      </summary>
      <ul className="mt-1 flex flex-col gap-1">
        {record.unused.map(({ key, value, why }) => (
          <li key={key} className="break-words">
            <code className="break-all">{key}</code> <span className="break-all text-muted">{value}</span>
            <span className="block text-sm text-muted">{why}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
