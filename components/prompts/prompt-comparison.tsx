"use client";
/** What changed between two prompts, as a model would read them: rendered with examples, or with a test case. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { Inputs, PromptDiff, PromptLibrary } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card, Facts } from "@/components/ui/card";
import { classNames } from "@/components/ui/class-names";
import { SelectField } from "@/components/ui/field";

interface Chosen {
  from: string | null;
  to: string | null;
  suite: string | null;
  case: string | null;
}

interface ComparisonProps {
  library: PromptLibrary;
  params: Chosen;
  /** Null until two prompts are chosen. */
  input: Inputs["git"]["comparePrompts"] | null;
  onChange: (next: Partial<Chosen>) => void;
}

export function PromptComparison({ library, params, input, onChange }: ComparisonProps): ReactNode {
  const references = library.prompts.map(({ reference }) => ({ value: reference, label: reference }));
  const none = { value: "", label: "choose…" };
  const cases = casesOf(library, params);
  const chosenCase = params.suite === null || params.case === null ? "" : `${params.suite} ${params.case}`;
  return (
    <Card title="What changed">
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-end gap-3">
          <SelectField
            label="From"
            options={[none, ...references]}
            value={params.from ?? ""}
            onValueChange={(from) => onChange({ from: from === "" ? null : from })}
          />
          <SelectField
            label="To"
            options={[none, ...references]}
            value={params.to ?? ""}
            onValueChange={(to) => onChange({ to: to === "" ? null : to })}
          />
          {cases.length > 0 && (
            <SelectField
              label="Rendered with"
              options={[{ value: "", label: "the variables’ examples" }, ...cases]}
              value={chosenCase}
              onValueChange={(value) => {
                const [suite = "", ...id] = value.split(" ");
                onChange(value === "" ? { suite: null, case: null } : { suite, case: id.join(" ") });
              }}
            />
          )}
        </div>
        {input === null ? (
          <p className="text-muted">Choose two prompts to see what changed between them.</p>
        ) : (
          <Difference input={input} />
        )}
      </div>
    </Card>
  );
}

/** Cases of the suites that either prompt is tested by; a suite's name holds no blank. */
function casesOf({ prompts }: PromptLibrary, { from, to }: Chosen): { value: string; label: string }[] {
  const suites = prompts.filter(({ reference }) => reference === from || reference === to).flatMap((one) => one.suites);
  const unique = new Map(suites.map((suite) => [suite.name, suite]));
  return [...unique.values()].flatMap(({ name, cases }) =>
    cases.map((id) => ({ value: `${name} ${id}`, label: `case ${id} of ${name}` })),
  );
}

function Difference({ input }: { input: Inputs["git"]["comparePrompts"] }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.git.comparePrompts.queryOptions(input), staleTime: 60_000 });
  return (
    <QueryState query={query} name="The comparison">
      {(diff) => (
        <div className="flex flex-col gap-3">
          {diff.declared.length > 0 && (
            <Facts
              items={diff.declared.map(({ field, from, to }) => ({
                label: field,
                value: `${from === "" ? "—" : from} → ${to === "" ? "—" : to}`,
              }))}
            />
          )}
          {diff.lines.every(({ kind }) => kind === "same") && (
            <p className="text-muted">The rendered text is the same.</p>
          )}
          <Lines diff={diff} />
        </div>
      )}
    </QueryState>
  );
}

type Line = PromptDiff["lines"][number];

const MARKS: Readonly<Record<Line["kind"], { sign: string; word: string; className: string }>> = {
  same: { sign: " ", word: "", className: "" },
  added: { sign: "+", word: "added: ", className: "bg-ok-bg text-ok-fg" },
  removed: { sign: "−", word: "removed: ", className: "bg-breach-bg text-breach-fg" },
};

function Lines({ diff }: { diff: PromptDiff }): ReactNode {
  return (
    <ol className="rounded-md border border-hairline py-1 font-mono text-sm" aria-label={`${diff.from} to ${diff.to}`}>
      {diff.lines.map((line, index) => {
        const { sign, word, className } = MARKS[line.kind];
        return (
          // Lines of a text have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className={classNames("flex gap-2 px-3", className)}>
            <span aria-hidden="true" className="select-none">
              {sign}
            </span>
            <span className="min-w-0 break-words whitespace-pre-wrap">
              {word !== "" && <span className="sr-only">{word}</span>}
              <Words line={line} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** Within a changed line, only the words that changed are underlined. */
function Words({ line }: { line: Line }): ReactNode {
  if (line.words === undefined) return line.text === "" ? " " : line.text;
  return line.words.map(({ kind, text }, index) => (
    // oxlint-disable-next-line react/no-array-index-key
    <span key={index} className={kind === "same" ? undefined : "font-semibold underline"}>
      {text}
    </span>
  ));
}
