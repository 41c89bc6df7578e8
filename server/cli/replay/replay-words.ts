/** A replay's answer in words and as the contract's lines. */
import type { EvaluationViolation } from "@/server/domain/policy/evaluation";

/** One line per change of decision. */
export interface DecisionLine {
  readonly time: string;
  readonly decision: string;
  readonly violations: readonly Pick<EvaluationViolation, "message">[];
}

/** The last line. */
export interface SummaryLine {
  readonly final: string | null;
  readonly firstRollbackAt: string | null;
  readonly firstPauseAt: string | null;
  readonly evaluations: number;
  readonly requests: number;
}

export function describeChange({ time, decision, violations }: DecisionLine): string[] {
  const [first = "", ...more] = violations.map(({ message }) => message);
  const indent = " ".repeat(time.length + 20);
  return [`${time}  ${decision.padEnd(16)}  ${first}`.trimEnd(), ...more.map((reason) => indent + reason)];
}

export function describeSummary({
  final,
  firstRollbackAt,
  firstPauseAt,
  evaluations,
  requests,
}: SummaryLine): string[] {
  return [
    `${final ?? "no decision"} at the end, after ${evaluations} evaluations of ${requests} requests`,
    `first rollback  ${firstRollbackAt ?? "never"}`,
    `first pause     ${firstPauseAt ?? "never"}`,
  ];
}
