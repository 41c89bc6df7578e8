/**
 * What the readings of an incident share: its rollout and policy, the move that answered it, the evaluation that decided,
 * the time in which it was bad, and the release that served beside it.
 */
import { notFound } from "@/server/domain/errors";
import type { EvaluationViolation, PolicyEvaluation, Sample } from "@/server/domain/policy/evaluation";
import type { Policy, Threshold } from "@/server/domain/policy/policy";
import { policyOf } from "@/server/control/rollout-core";
import type { AliasMoveRow } from "@/server/store/control/aliases";
import { findNewestEvaluation, listEvaluations, type EvaluationRow } from "@/server/store/control/evaluations";
import { findIncident, type IncidentRow } from "@/server/store/control/incidents";
import { findRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { incidentMove } from "./incident-move";
import { incidentOnset } from "./incident-onset";
import { storedEvaluation } from "./stored-evaluation";

/** A limit that the deciding evaluation found broken. */
interface Breach {
  readonly violation: EvaluationViolation;
  /** Undefined when the policy's document cannot be matched with it any more. */
  readonly threshold: Threshold | undefined;
  readonly segment: { readonly key: string; readonly value: string } | undefined;
  readonly candidate: Sample;
  readonly control: Sample;
}

interface IncidentPeriod {
  /** From the start, or from where it can have started when nobody knows. */
  readonly fromMs: number;
  /** The last request of the release, at most until it was drained, resolved, or now. */
  readonly toMs: number;
  readonly startedMs: number | null;
  /** How the start is known. */
  readonly how: string;
}

export interface IncidentStory {
  readonly incident: IncidentRow;
  readonly rollout: RolloutRow | undefined;
  readonly policy: Policy | undefined;
  readonly move: AliasMoveRow | undefined;
  readonly evaluation: { readonly row: EvaluationRow; readonly seen: PolicyEvaluation } | undefined;
  readonly breaches: readonly Breach[];
  readonly period: IncidentPeriod;
  /** What served the same application in the same period; null when nothing did. */
  readonly controlId: string | null;
}

/** Before detection, when nobody knows when it began. */
const BEFORE_MS = 3_600_000;
/** Changed decisions looked through for the one that decided. */
const DECISIONS = 50;

/** @throws DomainError `not_found`. */
export function loadIncidentStory(deps: ReadDeps, incidentId: string): IncidentStory {
  const incident = findIncident(deps.control, incidentId);
  if (incident === undefined) throw notFound("incident", incidentId);
  const rollout = incident.rolloutId === null ? undefined : findRollout(deps.control, incident.rolloutId);
  const policy = rollout === undefined ? undefined : policyOf(deps.control, rollout);
  const move = incidentMove(deps, incident);
  const evaluation = rollout === undefined ? undefined : decidingEvaluation(deps, { rollout, incident });
  const controlId = controlOf(deps, { incident, rollout, move });
  return {
    incident,
    rollout,
    policy,
    move,
    evaluation,
    breaches: evaluation === undefined ? [] : breachesOf(evaluation.seen, policy),
    period: periodOf(deps, { incident, rollout, controlId }),
    controlId,
  };
}

/** The newest up to the mitigation that asked to roll back or to pause, else the newest there was. */
function decidingEvaluation(
  { control }: ReadDeps,
  { rollout, incident }: { rollout: RolloutRow; incident: IncidentRow },
): IncidentStory["evaluation"] {
  const untilMs = incident.mitigatedAtMs ?? incident.detectedAtMs;
  const { items } = listEvaluations(control, { rolloutId: rollout.id, changedOnly: true, limit: DECISIONS });
  const asked = items.find(
    ({ atMs, decision }) => atMs <= untilMs && (decision === "rollback" || decision === "pause_for_review"),
  );
  const row = asked ?? findNewestEvaluation(control, { rolloutId: rollout.id, atOrBeforeMs: untilMs });
  return row === undefined ? undefined : { row, seen: storedEvaluation(row) };
}

const NOTHING: Sample = { count: 0, value: null, lower: null, upper: null };

/** What was to act first: a limit that only notifies explains no decision. */
function breachesOf({ violations, findings }: PolicyEvaluation, policy: Policy | undefined): Breach[] {
  return violations
    .filter(({ action }) => action !== "notify")
    .map((violation) => {
      const finding = findings.find(
        ({ metric, segment, action }) =>
          metric === violation.metric && segment === violation.segment && action === violation.action,
      );
      return {
        violation,
        threshold: policy?.thresholds.find(
          ({ name, action, id }) =>
            name === violation.metric && action === violation.action && (finding === undefined || id === finding.rule),
        ),
        segment: segmentOf(violation.segment),
        candidate: finding?.candidate ?? NOTHING,
        control: finding?.control ?? NOTHING,
      };
    });
}

function segmentOf(text: string | undefined): Breach["segment"] {
  const split = text?.indexOf("=") ?? -1;
  return text === undefined || split === -1 ? undefined : { key: text.slice(0, split), value: text.slice(split + 1) };
}

/** The rollout's control, else what was restored, else what answered most beside it. */
function controlOf(
  { telemetry, nowMs }: ReadDeps,
  { incident, rollout, move }: Pick<IncidentStory, "incident" | "rollout" | "move">,
): string | null {
  const { application, releaseId, detectedAtMs } = incident;
  if (rollout !== undefined && rollout.candidateId === releaseId) return rollout.controlId;
  if (move?.fromReleaseId === releaseId && move !== undefined) return move.toReleaseId;
  const range = wholeBuckets(detectedAtMs - BEFORE_MS, Math.min(nowMs, detectedAtMs + BEFORE_MS));
  const beside = telemetry
    .traffic({ application, ...range })
    .find((row) => row.track !== "shadow" && row.releaseId !== null && row.releaseId !== releaseId);
  return beside?.releaseId ?? null;
}

function periodOf(
  deps: ReadDeps,
  { incident, rollout, controlId }: Pick<IncidentStory, "incident" | "rollout" | "controlId">,
): IncidentPeriod {
  const { startedAtMs, detectedAtMs, drainedAtMs, resolvedAtMs, cause } = incident;
  const possibleMs = startedAtMs ?? rollout?.startedAtMs ?? detectedAtMs - BEFORE_MS;
  const endMs = drainedAtMs ?? resolvedAtMs ?? deps.nowMs;
  const toMs = lastServedMs(deps, { incident, fromMs: possibleMs, toMs: endMs }) ?? endMs;
  if (startedAtMs !== null) return { fromMs: startedAtMs, toMs, startedMs: startedAtMs, how: HOW[cause] };
  const onset = incidentOnset(deps, { incident, controlId, fromMs: possibleMs, toMs });
  if (onset === undefined) return { fromMs: possibleMs, toMs, startedMs: null, how: "nobody knows" };
  return { fromMs: onset.startMs, toMs, startedMs: onset.startMs, how: onset.how };
}

/** Beyond the last request of the release there is nothing to compare the control with. */
function lastServedMs(
  { telemetry }: ReadDeps,
  { incident, fromMs, toMs }: { incident: IncidentRow; fromMs: number; toMs: number },
): number | undefined {
  const { application, releaseId } = incident;
  const own = telemetry
    .traffic({ application, ...wholeBuckets(fromMs, toMs + 1) })
    .filter((row) => row.track !== "shadow" && row.releaseId === releaseId);
  return own.length === 0 ? undefined : Math.max(...own.map(({ lastMs }) => lastMs));
}

const HOW: Readonly<Record<IncidentRow["cause"], string>> = {
  decision: "start of the first minute beyond the limit, in telemetry",
  rollback: "start of the first minute beyond the limit, in telemetry",
  alert: "when the alert says it began",
  person: "as reported",
};
