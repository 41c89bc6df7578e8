/**
 * What is kept of an evaluation. One that changes the decision is kept whole; the many that repeat it keep every rule
 * over all traffic, and of the segments only those under suspicion.
 */
import type { Finding, PolicyEvaluation } from "@/server/domain/policy/evaluation";

/** The same evaluation with the quiet segments left out. */
export function compactEvaluation(evaluation: PolicyEvaluation): PolicyEvaluation {
  return { ...evaluation, findings: evaluation.findings.filter(isWorthKeeping) };
}

function isWorthKeeping(finding: Finding): boolean {
  return finding.segment === undefined || finding.verdict === "breach" || finding.verdict === "watch";
}
