"use client";
/** The prompts of the branch: their versions, what is wrong with them, their suites with results, and what changed. */
import { useQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { PromptItem, PromptLibrary } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Sentence } from "@/components/ui/sentence";
import { ShortId } from "@/components/ui/short-id";
import { EmptyState } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { sectionPath } from "@/components/vocabulary/paths";
import { describeFinding } from "@/server/domain/gitops/finding";
import { PromptCard } from "./prompt-card";
import { PromptComparison } from "./prompt-comparison";
import { compareInput, promptParsers } from "./prompt-parsers";

export function PromptsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  // Whether there is a repository at all is known without asking git.
  const git = useQuery({ ...trpc.git.get.queryOptions({ application }), ...useLiveQuery() });
  return (
    <QueryState query={git} name="Prompts">
      {({ repository }) =>
        repository === null ? <NoRepository application={application} /> : <Library application={application} />
      }
    </QueryState>
  );
}

function NoRepository({ application }: { application: string }): ReactNode {
  return (
    <div className="flex flex-col gap-4">
      <Sentence tone="neutral">Prompts are read from git, and no repository is connected.</Sentence>
      <EmptyState
        title="Connect a repository"
        className="py-4"
        actions={<ButtonLink href={sectionPath(application, "drift")}>Open the settings</ButtonLink>}
      >
        Prompts are files named <code>prompts/&lt;area&gt;/&lt;name&gt;@&lt;version&gt;.md</code>, their test cases{" "}
        <code>tests/*.jsonl</code> beside them.
      </EmptyState>
    </div>
  );
}

function Library({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [params, setParams] = useQueryStates(promptParsers, { history: "replace" });
  const query = useQuery({ ...trpc.git.prompts.queryOptions({ application }), staleTime: 30_000 });
  const input = compareInput(application, params);
  return (
    <QueryState query={query} name="Prompts">
      {(library) => (
        <div className="flex flex-col gap-4">
          <Sentence
            tone={toneOf(library)}
            note={
              <>
                as of commit <ShortId id={library.commit} label="commit" copy />
              </>
            }
          >
            {sentenceOf(library)}
          </Sentence>
          <Findings library={library} />
          {library.prompts.length > 1 && (
            <PromptComparison
              library={library}
              params={params}
              input={input}
              onChange={(next) => void setParams(next)}
            />
          )}
          {groups(library).map((versions) => (
            <PromptCard key={nameOf(versions[0])} application={application} versions={versions} onCompare={setParams} />
          ))}
        </div>
      )}
    </QueryState>
  );
}

function errorsOf({ findings }: PromptLibrary): PromptLibrary["findings"] {
  return findings.filter(({ severity }) => severity === "error");
}

function toneOf(library: PromptLibrary): "breach" | "review" | "neutral" {
  if (errorsOf(library).length > 0) return "breach";
  return library.findings.length > 0 ? "review" : "neutral";
}

function sentenceOf(library: PromptLibrary): string {
  const count = library.prompts.length;
  const names = groups(library).length;
  if (count === 0) return "The branch holds no prompt yet.";
  const held = `The branch holds ${names} prompt${names === 1 ? "" : "s"} in ${count} version${count === 1 ? "" : "s"}`;
  const errors = errorsOf(library).length;
  if (errors > 0) return `${held}; ${errors} error${errors === 1 ? " keeps" : "s keep"} the commit from being applied.`;
  const warnings = library.findings.length;
  return warnings === 0
    ? `${held}; lint has nothing to say.`
    : `${held}; lint has ${warnings} warning${warnings === 1 ? "" : "s"}.`;
}

function Findings({ library: { findings } }: { library: PromptLibrary }): ReactNode {
  if (findings.length === 0) return null;
  return (
    <Card title="Lint" note={String(findings.length)} flush>
      <ul className="divide-y divide-hairline">
        {findings.map((finding) => (
          <li key={describeFinding(finding)} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-3 py-2">
            <StatusBadge status={finding.severity === "error" ? "breach" : "review"}>
              {finding.severity === "error" ? "Error" : "Warning"}
            </StatusBadge>
            <code className="break-all">
              {finding.path}
              {finding.line !== null && `:${finding.line}`}
            </code>
            <span className="min-w-0 break-words">{finding.message}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function nameOf(prompt: PromptItem | undefined): string {
  if (prompt === undefined) return "";
  return prompt.area === "" ? prompt.name : `${prompt.area}/${prompt.name}`;
}

/** One list per prompt, in the library's order. */
function groups({ prompts }: PromptLibrary): PromptItem[][] {
  const byName = new Map<string, PromptItem[]>();
  for (const prompt of prompts) byName.set(nameOf(prompt), [...(byName.get(nameOf(prompt)) ?? []), prompt]);
  return [...byName.values()];
}
