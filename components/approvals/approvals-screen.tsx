"use client";
/** What waits for a person: why it stopped, what an approval leads to, who may give it. Answers are given beside the evidence. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parseAsBoolean, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { WaitingRollout } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { formatSignificant } from "@/components/ui/format";
import { EmptyState } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { rolloutPath } from "@/components/vocabulary/paths";
import { ReleaseName } from "@/components/vocabulary/release";

export function ApprovalsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [mine, setMine] = useQueryState("mine", parseAsBoolean.withDefault(false));
  const query = useQuery({
    ...trpc.approvals.list.queryOptions({ application, mine }),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  return (
    <QueryState query={query} name="Approvals">
      {({ sentence, waiting, items }) => (
        <div className="flex flex-col gap-4">
          <h1 className="text-xl font-semibold">{sentence}</h1>
          {waiting > 0 && (
            <div className="flex flex-wrap gap-2">
              <Button aria-pressed={!mine} onClick={() => void setMine(null)}>
                All
              </Button>
              <Button aria-pressed={mine} onClick={() => void setMine(true)}>
                Mine to answer
              </Button>
            </div>
          )}
          {items.length === 0 ? (
            <NothingWaits others={waiting} />
          ) : (
            <ul className="flex flex-col gap-3">
              {items.map((item) => (
                <li key={item.rollout.id}>
                  <Waiting item={item} />
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </QueryState>
  );
}

function NothingWaits({ others }: { others: number }): ReactNode {
  return others > 0 ? (
    <EmptyState title="None of them is yours">Somebody else has to answer: each says who, under All.</EmptyState>
  ) : (
    <EmptyState title="Nothing waits">
      A rollout stops here when its policy asks for an approval, a limit for review is broken, or somebody pauses it. It
      waits as long as it takes, or as its policy says; a broken rollback limit still rolls it back.
    </EmptyState>
  );
}

const KINDS: Readonly<Record<WaitingRollout["kind"], string>> = {
  approval: "Approval step",
  review: "Paused for review",
  by_hand: "Paused by hand",
};

/** `20 % → 50 % (canary)`, `20 % → promoted`, `goes on at 20 % (canary)`. */
export function leadsTo({ rollout, next }: Pick<WaitingRollout, "rollout" | "next">): string {
  const percent = (value: number): string => `${formatSignificant(value)}\u00a0%`;
  if (next.state !== "promoted" && next.percentage === rollout.step.percentage) {
    return `goes on at ${percent(next.percentage)} (${next.state})`;
  }
  const to = next.state === "promoted" ? "promoted" : `${percent(next.percentage)} (${next.state})`;
  return `${percent(rollout.step.percentage)} → ${to}`;
}

function Waiting({ item }: { item: WaitingRollout }): ReactNode {
  const { rollout, approval, violations, votes } = item;
  const mayAnswer = approval.viewer?.eligible === true;
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-x-2">
          <ReleaseName release={rollout.candidate} />
          <span className="font-normal text-muted">→ {rollout.alias}</span>
        </span>
      }
      note={<StatusBadge status="review">{KINDS[item.kind]}</StatusBadge>}
      actions={
        <ButtonLink kind={mayAnswer ? "primary" : "plain"} href={rolloutPath(rollout.application, rollout.id)}>
          {mayAnswer ? "Look and answer" : "Look"}
        </ButtonLink>
      }
    >
      <Facts
        items={[
          { label: "Why", value: <Why item={item} /> },
          ...(violations.length === 0 ? [] : [{ label: "Broken", value: violations.join("; ") }]),
          { label: "If approved", value: leadsTo(item) },
          {
            label: "Waiting",
            value: (
              <>
                <Time at={item.waitingSince} short relative />, started by {rollout.startedBy.label}
              </>
            ),
          },
          ...(item.expiresAt === null
            ? []
            : [
                {
                  label: "Expires",
                  value: (
                    <>
                      <Time at={item.expiresAt} short relative />: unanswered, the rollout then ends
                    </>
                  ),
                },
              ]),
          {
            label: "Approvals",
            value: `${approval.given} of ${approval.required}${votes.length === 0 ? "" : `: ${votes.map(({ by, verdict }) => `${by.label} (${verdict})`).join(", ")}`}`,
          },
          { label: "You", value: approval.viewer?.reason ?? approval.eligibility },
          ...(mayAnswer ? [] : [{ label: "Who may", value: approval.eligibility }]),
        ]}
      />
    </Card>
  );
}

function Why({ item }: { item: WaitingRollout }): ReactNode {
  const { rollout, kind, pausedBy } = item;
  if (kind === "approval") return `Its policy ${rollout.policy.name} (version ${rollout.policy.version}) asks here.`;
  return `${pausedBy === null ? "" : `${pausedBy}: `}${rollout.pauseReason ?? "no reason was given"}`;
}
