/**
 * From a file of requests and a policy to a rollout that can be evaluated at any instant of the data's time: one live
 * canary (or shadow) from the candidate's first request on, in a step that never ends.
 */
import type { RolloutSituation } from "@/server/controller/evaluate-rollout";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { countedLimits } from "@/server/domain/policy/counted-limits";
import { isRelative } from "@/server/domain/policy/evaluate-windows";
import type { Policy, Step } from "@/server/domain/policy/policy";
import type { RequestRecord } from "@/server/domain/request/request-record";
import { MemoryTelemetry, type Arm } from "./memory-telemetry";
import { readRequests } from "./read-requests";

export interface ReplayInput {
  readonly policy: Policy;
  readonly candidateId: string;
  /** Without it: the release with the most requests on the control track, if any. */
  readonly controlId?: string;
  /** The candidate's share of traffic, 0–1; without it, everyone for a canary and no one for a shadow. */
  readonly share?: number;
}

export interface LoadedReplay {
  readonly telemetry: MemoryTelemetry;
  readonly situation: RolloutSituation;
  /** Of all requests; undefined for an empty file. */
  readonly span: { readonly firstMs: number; readonly lastMs: number } | undefined;
  readonly requests: number;
  /** What the reader should know of the file: a release that is not in it, most of all. */
  readonly remarks: readonly string[];
}

/**
 * Reads the requests once for every replay that is asked for; each keeps what it alone needs, so that two policies side
 * by side decide as either would by itself.
 *
 * @param chunks UTF-8 text of Request records, one JSON object a line, in pieces that may end anywhere.
 * @param onProgress told after each piece how many requests have been read.
 * @throws UsageError for a line that is not a Request record.
 */
export async function loadReplays(
  inputs: readonly ReplayInput[],
  chunks: AsyncIterable<string>,
  onProgress?: (requests: number) => void,
): Promise<LoadedReplay[]> {
  const kept = inputs.map((input) => ({ input, telemetry: new MemoryTelemetry(keptFor(input)) }));
  const take = (record: RequestRecord): void => {
    for (const { telemetry } of kept) telemetry.add(record);
  };
  const requests = await readRequests(chunks, { take, onProgress });
  return kept.map(({ input, telemetry }) => loaded(input, telemetry, requests));
}

function loaded(input: ReplayInput, telemetry: MemoryTelemetry, requests: number): LoadedReplay {
  const arms = telemetry.arms();
  const span = telemetry.span();
  const candidate = candidateArm(arms, input.candidateId);
  const controlId = input.controlId ?? busiestControl(arms, input.candidateId);
  const sinceMs = candidate?.firstMs ?? span?.firstMs ?? 0;
  const candidateTrack = candidate?.track ?? "canary";
  const kind = candidateTrack === "shadow" ? "shadow" : "canary";
  const step: Step = { kind, share: shareOf(input, kind), minDurationMs: Number.MAX_SAFE_INTEGER, minRequests: 1 };
  return {
    telemetry,
    span,
    requests,
    remarks: remarksOn(input, { arms, candidate, controlId }),
    situation: {
      comparison: {
        application: "",
        candidateId: input.candidateId,
        controlId,
        candidateTrack,
        sinceMs,
        dataFromMs: sinceMs,
      },
      policy: { ...input.policy, steps: [step] },
      policyVersion: 1,
      position: { state: kind, pausedFrom: null, stepIndex: 0 },
      stepStartedMs: sinceMs,
      previousEvidence: undefined,
      acknowledged: [],
    },
  };
}

/**
 * Evidence looks at single requests of the candidate, and at the control's from before the candidate came. What comes
 * before is known only at the end, but it is never later than what has come so far.
 */
function keptFor({ policy, candidateId, controlId }: ReplayInput): ConstructorParameters<typeof MemoryTelemetry>[0] {
  let candidateSinceMs = Infinity;
  const request = ({ releaseId, track, timeMs }: RequestRecord): boolean => {
    if (releaseId === candidateId) {
      candidateSinceMs = Math.min(candidateSinceMs, timeMs);
      return true;
    }
    return track === "control" && timeMs < candidateSinceMs && (controlId ?? releaseId) === releaseId;
  };
  return {
    counted: new Set(policy.thresholds.map(({ metric }) => aggregateKey(metric))),
    segmentKeys: [...new Set(policy.thresholds.flatMap(({ segments }) => segments))],
    limits: countedLimits(policy),
    halves: policy.evidence === "confident",
    pairs: policy.evidence === "confident",
    request: policy.evidence === "confident" ? request : () => false,
  };
}

/** Only a candidate that has no control to be compared with is judged by it. */
function shareOf({ share }: ReplayInput, kind: "canary" | "shadow"): number {
  return share ?? (kind === "canary" ? 1 : 0);
}

/** Where users met the candidate, else where it answered unseen, else where it is everyone's. */
function candidateArm(arms: readonly Arm[], candidateId: string): Arm | undefined {
  const own = arms.filter(({ releaseId }) => releaseId === candidateId);
  return (["canary", "shadow", "control"] as const)
    .map((track) => own.find((arm) => arm.track === track))
    .find((arm) => arm !== undefined);
}

function busiestControl(arms: readonly Arm[], candidateId: string): string | null {
  const others = arms.filter(({ track, releaseId }) => track === "control" && releaseId !== candidateId);
  const [busiest] = others.toSorted((a, b) => b.count - a.count || (a.releaseId < b.releaseId ? -1 : 1));
  return busiest?.releaseId ?? null;
}

function remarksOn(
  { policy, candidateId, controlId }: ReplayInput,
  found: { arms: readonly Arm[]; candidate: Arm | undefined; controlId: string | null },
): string[] {
  const { arms, candidate } = found;
  const releases = [...new Set(arms.map(({ releaseId }) => releaseId))].slice(0, 10).join(", ");
  const remarks: string[] = [];
  if (candidate === undefined) {
    const there = releases === "" ? "no request names a release" : `the file has ${releases}`;
    remarks.push(`there is no request of the candidate ${candidateId}: ${there}`);
  }
  const controlSeen = arms.some(({ track, releaseId }) => track === "control" && releaseId === found.controlId);
  if (controlId !== undefined && !controlSeen) {
    remarks.push(
      `there is no request of the control ${controlId} on the control track: nothing can be compared with it`,
    );
  }
  if (found.controlId === null && arms.length > 0 && policy.thresholds.some(isRelative)) {
    remarks.push("no other release has requests on the control track: limits relative to the control cannot be judged");
  }
  return remarks;
}
