/** A stored evaluation read back. What an older version wrote in another form is said to be unreadable, never guessed. */
import { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { EvaluationRow } from "@/server/store/control/evaluations";

/** What the row says; the decision is a column and survives a `detail` that cannot be read. */
export function storedEvaluation(row: EvaluationRow): PolicyEvaluation {
  const parsed = PolicyEvaluation.safeParse(row.detail);
  if (parsed.success) return parsed.data;
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
