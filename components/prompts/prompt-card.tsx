"use client";
/** One prompt: its versions with what carries them, its text, and its suites with their results. */
import type { ReactNode } from "react";
import type { PromptItem } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { formatCount, formatSignificant } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { ShortId } from "@/components/ui/short-id";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { ReleaseId } from "@/components/vocabulary/release";

interface PromptCardProps {
  application: string;
  /** Of one prompt; the first is what is shown in full. */
  versions: readonly PromptItem[];
  onCompare: (pair: { from: string; to: string }) => unknown;
}

export function PromptCard({ application, versions, onCompare }: PromptCardProps): ReactNode {
  const [newest, before] = versions;
  if (newest === undefined) return null;
  const { area, name, owner, models, variables, text, suites } = newest;
  return (
    <Card
      title={<code>{area === "" ? name : `${area}/${name}`}</code>}
      note={`${versions.length} version${versions.length === 1 ? "" : "s"}${owner === null ? "" : ` · ${owner}`}`}
      actions={
        before === undefined ? undefined : (
          <Button size="small" onClick={() => onCompare({ from: before.reference, to: newest.reference })}>
            What changed in {newest.version}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <ScrollArea label={`Versions of ${name}`} className="rounded-md border border-hairline">
          <Table
            caption={`Versions of ${name}`}
            columns={versionColumns(application)}
            rows={versions}
            rowKey={(row) => row.reference}
          />
        </ScrollArea>
        <Facts
          items={[
            { label: "Models", value: models.length === 0 ? "any" : models.join(", ") },
            {
              label: "Variables",
              value:
                variables.length === 0
                  ? "none"
                  : variables.map(({ name: variable, description }) => (
                      <div key={variable}>
                        <code>{variable}</code>
                        {description !== null && <span className="text-muted"> {description}</span>}
                      </div>
                    )),
            },
          ]}
        />
        <details>
          <summary className="cursor-pointer font-medium">Text of {newest.version}</summary>
          <pre className="mt-2 rounded-md border border-hairline bg-surface p-3 text-sm break-words whitespace-pre-wrap">
            {text}
          </pre>
        </details>
        {suites.map((suite) => (
          <Suite key={suite.name} application={application} suite={suite} />
        ))}
        {suites.length === 0 && (
          <p className="text-muted">
            No test suite: cases go into{" "}
            <code>
              {area === "" ? "" : `${area}/`}tests/{name}.jsonl
            </code>
            .
          </p>
        )}
      </div>
    </Card>
  );
}

function versionColumns(application: string): Column<PromptItem>[] {
  return [
    { key: "version", header: "Version", lead: true, cell: (row) => <code>{row.version}</code> },
    {
      key: "digest",
      header: "Digest",
      cell: (row) => <ShortId id={row.digest.replace("sha256:", "")} label="digest" copy />,
    },
    {
      key: "releases",
      header: "In releases",
      cell: (row) =>
        row.releases.length === 0 ? (
          <span className="text-muted">none yet</span>
        ) : (
          <span className="inline-flex flex-wrap gap-x-2">
            {row.releases.map((releaseId) => (
              <ReleaseId key={releaseId} application={application} releaseId={releaseId} />
            ))}
          </span>
        ),
    },
    { key: "path", header: "File", secondary: true, cell: (row) => <code className="text-muted">{row.path}</code> },
  ];
}

type SuiteItem = PromptItem["suites"][number];

function Suite({ application, suite }: { application: string; suite: SuiteItem }): ReactNode {
  const { name, cases, results } = suite;
  const columns: Column<SuiteItem["results"][number]>[] = [
    {
      key: "release",
      header: "Release",
      lead: true,
      cell: (row) => <ReleaseId application={application} releaseId={row.releaseId} />,
    },
    {
      key: "results",
      header: "Results",
      cell: (row) =>
        Object.entries(row.results)
          .map(([result, value]) => `${result} ${formatSignificant(value)}`)
          .join(", "),
    },
    { key: "at", header: "Handed in", cell: (row) => <Time at={row.at} short relative /> },
  ];
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">
        Suite <code>{name}</code>{" "}
        <span className="font-normal text-muted">
          · {formatCount(cases.length)} case{cases.length === 1 ? "" : "s"}
        </span>
      </h3>
      {results.length === 0 ? (
        <p className="text-muted">No result of a release with this prompt was handed in under {name}.</p>
      ) : (
        <ScrollArea label={`Results of ${name}`} className="rounded-md border border-hairline">
          <Table caption={`Results of ${name}`} columns={columns} rows={results} rowKey={(row) => row.releaseId} />
        </ScrollArea>
      )}
    </div>
  );
}
