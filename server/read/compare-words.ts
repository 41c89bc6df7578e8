/** The sentences of the Compare screen: what a person would read out on a call, and what is true on both sides. */
import type { z } from "zod";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { parseMetric } from "@/server/domain/metric/metric";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { violationWords } from "@/server/domain/policy/violation-words";
import { relativeWords } from "@/server/domain/words/number-words";
import type { RolloutSummary } from "./common-view";
import type { CompareSubject } from "./compare-subject";
import type { CompareRow, CompareView } from "./compare-view";

type Row = z.input<typeof CompareRow>;

interface Facts {
  subject: CompareSubject;
  rows: readonly Row[];
  rollout: z.input<typeof RolloutSummary> | null;
}

/** R1: one sentence. */
export function compareSentence({ subject, rows, rollout }: Facts): string {
  const candidate = `Candidate ${subject.candidateId.slice(0, 7)}`;
  if (rollout !== null && rollout.state !== "canary" && rollout.state !== "shadow") return rollout.sentence;
  if (subject.evaluation !== undefined) return `${candidate}: ${subject.evaluation.sentence}`;
  const worst = rows.find((row) => row.delta?.clear === true && !row.delta.better);
  if (worst === undefined) return `${candidate}: no clear change for the worse against the control in this range.`;
  return `${candidate} is worse than its control on ${worst.label}: ${valueOf(worst, "candidate")} against ${valueOf(worst, "control")}.`;
}

/** Colour comes last: it only repeats what the sentence says. */
export function compareTone({ subject, rollout }: Facts): z.input<typeof CompareView>["tone"] {
  if (rollout?.state === "rolled_back" || rollout?.state === "rejected") return "breach";
  if (rollout?.state === "paused") return "review";
  if (rollout?.state === "promoted") return "ok";
  switch (subject.evaluation?.decision) {
    case "rollback":
      return "breach";
    case "pause_for_review":
      return "review";
    case "promote":
      return "ok";
    case "continue":
      return "info";
    case undefined:
      return "neutral";
  }
}

/** Violations first, then what is waited for. */
export function compareReasons(evaluation: PolicyEvaluation | undefined): string[] {
  if (evaluation === undefined) return [];
  // What a step waited for no longer matters once it is not waited for.
  if (evaluation.decision !== "continue") return evaluation.violations.map(violationWords);
  const waiting = evaluation.waitingFor.map(({ what, have, needed }) =>
    needed > 0 && what !== "step duration" ? `waiting for ${what}: ${have} of ${needed}` : `waiting for ${what}`,
  );
  return [...evaluation.violations.map(violationWords), ...waiting];
}

/** What the verdict alone would hide: clear gains of a candidate that goes back, clear losses of one that goes on. */
export function bothTruths({ subject, rows }: Facts): string[] {
  const stopped = subject.evaluation?.decision === "rollback" || subject.evaluation?.decision === "pause_for_review";
  return rows
    .filter((row) => row.delta?.clear === true && row.delta.better === stopped && row.verdict !== "breach")
    .map((row) => {
      const word = row.delta?.better === true ? "better" : "worse";
      return `${capitalised(row.label)} is ${word} on the candidate: ${valueOf(row, "candidate")} against ${valueOf(row, "control")}${ratioOf(row)}.`;
    });
}

function valueOf(row: Row, side: "candidate" | "control"): string {
  const metric = parseMetric(row.metric);
  const { value } = row[side];
  return metric === undefined || value === null ? "no data" : formatMetricValue(metric, value);
}

function ratioOf({ delta }: Row): string {
  if (delta === null || delta.ratio === null || delta.ratio === undefined) return "";
  return ` (${relativeWords(delta.ratio)})`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
