/** How traffic was split against how it should have been. A split that is off means that the arms are not comparable. */
import type { z } from "zod";
import { percentageOf } from "@/server/domain/policy/policy";
import type { CompareSubject } from "./compare-subject";
import type { CompareView } from "./compare-view";
import type { ReadDeps } from "./deps";

type Traffic = z.input<typeof CompareView>["traffic"];

/** A split this many standard errors off is said aloud: a false warning in about a thousand looks. */
const WARN_AT_Z = 3.29;

/** Counts of both sides in the range, and the candidate's configured and observed share (0–1) while it was split. */
export function compareTraffic(deps: ReadDeps, subject: CompareSubject): Traffic {
  const { mode, fromMs, toMs, rollout } = subject;
  // After its end a rollout splits nothing any more.
  const untilMs = Math.min(toMs, rollout?.endedAtMs ?? toMs);
  const range = countSides(deps, subject, { fromMs, toMs: untilMs });
  const configuredShare = mode === "canary" ? shareOf(subject) : null;
  const split = countSides(deps, subject, {
    fromMs: Math.max(fromMs, rollout?.stepStartedAtMs ?? fromMs),
    toMs: untilMs,
  });
  const total = split.candidateCount + split.controlCount;
  const observedShare = mode === "canary" && total > 0 ? split.candidateCount / total : null;
  return {
    ...range,
    configuredShare,
    observedShare,
    warning:
      configuredShare === null || observedShare === null ? null : splitWarning(configuredShare, observedShare, total),
  };
}

function countSides(
  { telemetry }: ReadDeps,
  { application, candidateId, controlId, mode, segment }: CompareSubject,
  range: { fromMs: number; toMs: number },
): { candidateCount: number; controlCount: number } {
  const rows =
    range.fromMs < range.toMs
      ? telemetry.traffic({ application, ...range, ...(segment === undefined ? {} : { segment }) })
      : [];
  const countOf = (releaseId: string | null, track: string): number =>
    rows.filter((row) => row.releaseId === releaseId && row.track === track).reduce((sum, row) => sum + row.count, 0);
  return {
    candidateCount: countOf(candidateId, mode),
    controlCount: controlId === null ? 0 : countOf(controlId, "control"),
  };
}

/** Only a rollout that never changed its share in the range has one configured share to compare with. */
function shareOf({ rollout, policy }: CompareSubject): number | null {
  if (rollout === undefined || policy === undefined) return null;
  const step = policy.document.steps[rollout.stepIndex];
  const isFirstServing = policy.document.steps.findIndex((one) => one.kind === "canary") === rollout.stepIndex;
  return step?.kind === "canary" && isFirstServing ? step.share : null;
}

function splitWarning(configured: number, observed: number, total: number): string | null {
  const error = Math.sqrt((configured * (1 - configured)) / total);
  if (error === 0 || Math.abs(observed - configured) < WARN_AT_Z * error) return null;
  const percent = (share: number): string => `${percentageOf(Math.round(share * 1_000) / 1_000)} %`;
  return `${percent(observed)} of ${total} requests reached the candidate where ${percent(configured)} should: the two sides may not be comparable`;
}
