/** The golden-set results that let a release in, next to the baseline's, with what the policy asked of them. */
import { promotionGate, type Results } from "@/server/domain/gate/promotion-gate";
import type { Policy } from "@/server/domain/policy/policy";
import { listEvaluationResults, type EvaluationResultRow } from "@/server/store/control/releases";
import type { GateResult } from "./common-view";
import type { ReadDeps } from "./deps";

/**
 * One row per suite and result, of each suite the newest run. `passed` is null where the policy asks nothing of the
 * result, or the baseline that it asks about has none.
 */
export function readGates(
  { control }: ReadDeps,
  given: { application: string; releaseId: string; baselineId: string | null; policy: Policy | undefined },
): GateResult[] {
  const { application, releaseId, baselineId, policy } = given;
  const baseline = baselineId === null ? new Map() : newestBySuite(control, { application, releaseId: baselineId });
  return [...newestBySuite(control, { application, releaseId }).values()].flatMap((run) => {
    const base: Results = baseline.get(run.suite)?.results ?? {};
    return Object.entries(run.results).map(([name, value]) => ({
      suite: run.suite,
      at: run.atMs,
      name,
      value,
      baseline: base[name] ?? null,
      passed: passed({ policy, name, candidate: run.results, baseline: base }),
    }));
  });
}

function newestBySuite(
  control: ReadDeps["control"],
  key: { application: string; releaseId: string },
): Map<string, EvaluationResultRow> {
  return new Map(listEvaluationResults(control, key).map((row) => [row.suite, row]));
}

function passed({
  policy,
  name,
  candidate,
  baseline,
}: {
  policy: Policy | undefined;
  name: string;
  candidate: Results;
  baseline: Results;
}): boolean | null {
  const gates = policy?.gates.filter((gate) => gate.name === name) ?? [];
  if (gates.length === 0) return null;
  const { verdict } = promotionGate({ candidate, baseline, gates });
  return verdict === "unknown" ? null : verdict === "promote";
}
