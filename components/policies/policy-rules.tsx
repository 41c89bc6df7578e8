"use client";
/** What a policy says, rule by rule, what it promises, and where it is at work. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { PolicyDetail } from "@/components/data/outputs";
import { Card, Facts } from "@/components/ui/card";
import { StatusBadge } from "@/components/ui/status-badge";
import { rolloutPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";
import { RolloutStateBadge } from "@/components/vocabulary/states";
import { PolicyChanges } from "./policy-changes";

export function PolicyRules({ application, policy }: { application: string; policy: PolicyDetail }): ReactNode {
  const ofRules = new Set(policy.rules.map(({ sentence }) => sentence));
  const others = policy.sentences.filter((sentence) => !ofRules.has(sentence));
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        {policy.changes.length > 0 && (
          <Card title={`Against version ${policy.inForceVersion}, which is in force`}>
            <PolicyChanges changes={policy.changes} />
          </Card>
        )}
        <Card title="Rules" flush>
          {policy.rules.length === 0 ? (
            <p className="p-3 text-muted">It has no thresholds: nothing rolls back by itself.</p>
          ) : (
            <ul>
              {policy.rules.map((rule) => (
                <li
                  key={rule.id}
                  className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b border-hairline p-3 last:border-b-0"
                >
                  <RuleBadge rule={rule} />
                  <span className="min-w-0 flex-1 basis-72">{rule.sentence}</span>
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card title="Steps, gates and evidence">
          <ul className="flex list-disc flex-col gap-1 pl-5">
            {others.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Card>
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <FalseAlarms policy={policy} />
        <Uses application={application} policy={policy} />
      </div>
    </div>
  );
}

const ACTIONS: Readonly<Record<PolicyDetail["rules"][number]["action"], string>> = {
  rollback: "Rolls back",
  pause_for_review: "Pauses",
  notify: "Notifies",
};

/** What a rule would do is no alarm: only words, and the mark of a dry run. */
function RuleBadge({ rule }: { rule: PolicyDetail["rules"][number] }): ReactNode {
  return (
    <StatusBadge status={rule.dryRun ? "collecting" : "neutral"} className="w-24 justify-start">
      {rule.dryRun ? "Dry run" : ACTIONS[rule.action]}
    </StatusBadge>
  );
}

/** What the policy promises of healthy releases, and what a release that is certainly healthy has met with. */
function FalseAlarms({ policy }: { policy: PolicyDetail }): ReactNode {
  const { promise, falseAlarms } = policy;
  return (
    <Card title="False alarms" note={`of version ${policy.version}`}>
      <Facts
        items={[
          { label: "Promised", value: promise },
          { label: "Measured", value: falseAlarms.sentence },
        ]}
      />
    </Card>
  );
}

function Uses({ application, policy }: { application: string; policy: PolicyDetail }): ReactNode {
  return (
    <Card title="At work" note="rollouts keep the version they started with">
      {policy.uses.length === 0 ? (
        <p className="text-muted">No live rollout runs under any version of it.</p>
      ) : (
        <Facts
          items={policy.uses.map((use) => ({
            label: `version ${use.version}`,
            value: (
              <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <Link href={rolloutPath(use.application, use.rolloutId)} className="quiet-link">
                  {use.application === application ? use.alias : `${use.application} ${use.alias}`}
                </Link>
                <ReleaseId application={use.application} releaseId={use.candidate.releaseId} />
                <RolloutStateBadge state={use.state} quiet />
              </span>
            ),
          }))}
        />
      )}
    </Card>
  );
}
