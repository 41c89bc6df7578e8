"use client";
/** One policy: what is in force and what waits, in a sentence; then its rules, its editor, and its versions. */
import { useQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useLiveQuery } from "@/components/data/live";
import type { PolicyDetail } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Sentence, type Tone } from "@/components/ui/sentence";
import { Tabs } from "@/components/ui/tabs";
import { Time } from "@/components/ui/time";
import { countWords } from "@/server/domain/words/count-words";
import { PolicyEditor } from "./policy-editor";
import { policyInput, policyParsers } from "./policy-parsers";
import { PolicyProposal } from "./policy-proposal";
import { PolicyRules } from "./policy-rules";
import { PolicyVersions } from "./policy-versions";

export function PolicyScreen({ application, name }: { application: string; name: string }): ReactNode {
  const trpc = useTRPC();
  const [{ version, tab, rollout }] = useQueryStates(policyParsers, { history: "replace" });
  const query = useQuery({ ...trpc.policies.get.queryOptions(policyInput(name, version)), ...useLiveQuery() });
  const isNew = query.isError && failureOf(query.error).kind === "not_found" && tab === "edit";
  if (isNew) {
    return (
      <div className="flex flex-col gap-4">
        <Sentence tone="neutral">{`${name} is a new policy: nothing is in force under this name yet.`}</Sentence>
        <PolicyEditor application={application} name={name} policy={null} rolloutId={rollout} />
      </div>
    );
  }
  return (
    <QueryState query={query} name={`Policy ${name}`}>
      {(policy) => <PolicyContent application={application} policy={policy} />}
    </QueryState>
  );
}

function PolicyContent({ application, policy }: { application: string; policy: PolicyDetail }): ReactNode {
  const [params, setParams] = useQueryStates(policyParsers, { history: "replace" });
  return (
    <div className="flex flex-col gap-4">
      <Sentence
        tone={toneOf(policy)}
        note={
          <>
            version {policy.version} written <Time at={policy.createdAt} short relative /> by {policy.createdBy}
          </>
        }
      >
        {policySentence(policy)}
      </Sentence>
      {policy.proposal !== null && <PolicyProposal policy={policy} proposal={policy.proposal} />}
      <Tabs
        label="Policy"
        value={params.tab}
        onChange={(tab) => void setParams({ tab })}
        tabs={[
          { value: "rules", title: "Rules", content: <PolicyRules application={application} policy={policy} /> },
          {
            value: "edit",
            title: "Edit",
            content: (
              <PolicyEditor
                // Another version is another text to begin with.
                key={`${policy.name} ${policy.version}`}
                application={application}
                name={policy.name}
                policy={policy}
                rolloutId={params.rollout}
              />
            ),
          },
          {
            value: "versions",
            title: "Versions",
            count: policy.versions.length,
            content: <PolicyVersions application={application} policy={policy} />,
          },
        ]}
      />
    </div>
  );
}

function toneOf({ proposal, state }: PolicyDetail): Tone {
  if (proposal !== null) return "review";
  return state === "in_force" ? "ok" : "neutral";
}

/** The page's sentence. */
function policySentence(policy: PolicyDetail): string {
  const { name, version, state, inForceVersion, proposal, uses } = policy;
  const live =
    uses.length === 0 ? "no live rollout runs under it" : `${countWords(uses.length, "live rollout")} under it`;
  if (proposal !== null) {
    return `Version ${proposal.version} of ${name} loosens a rollback rule and waits for another person; version ${inForceVersion} is in force.`;
  }
  if (state !== "in_force") {
    return `Version ${version} of ${name} is not in force: ${STATE_REASONS[state]}. Version ${inForceVersion} is.`;
  }
  const acting = policy.rules.filter(({ action, dryRun }) => action === "rollback" && !dryRun).length;
  return `Version ${version} of ${name} is in force: ${countWords(acting, "rule")} ${acting === 1 ? "rolls" : "roll"} back; ${live}.`;
}

const STATE_REASONS = {
  pending: "it waits for an approval",
  rejected: "it was rejected",
  replaced: "another one came after it",
} as const;
