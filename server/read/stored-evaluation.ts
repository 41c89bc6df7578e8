/** A stored evaluation read back. What an older version wrote in another form is said to be unreadable, never guessed. */
import { z } from "zod";
import { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { EvaluationRow } from "@/server/store/control/evaluations";

/** As `recordEvaluation` keeps it. */
const StoredDetail = z.object({ detail: PolicyEvaluation });

/** What the row says; the decision is a column and survives a `detail` that cannot be read. */
export function storedEvaluation(row: EvaluationRow): PolicyEvaluation {
  const parsed = StoredDetail.safeParse(row.detail);
  if (parsed.success) return parsed.data.detail;
  return {
    mode: "confident",
    decision: row.decision,
    stepComplete: false,
    findings: [],
    violations: [],
    waitingFor: [],
    sentence: `Evaluation ${row.id} was written by version ${row.codeVersion} in a form that cannot be shown.`,
  };
}
