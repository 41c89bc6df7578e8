/** The queue of rollouts that wait for a person, what expires first and then the longest waiting first, each with who may answer and what comes after. */
import { z } from "zod";
import { approvalExpiryMs, movesAfterApproval, awaitsApproval, exposureOf } from "@/server/domain/rollout/steps";
import { Time } from "@/server/domain/time";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { countWords } from "@/server/domain/words/count-words";
import { listLiveRollouts } from "@/server/store/control/rollouts";
import { RolloutSummary } from "./common-view";
import type { ReadDeps } from "./deps";
import { releaseRefs } from "./release-ref";
import { approvalState, approvalViews, type Viewer } from "./rollout-approval";
import { loadRollout, summaryOf, type LoadedRollout } from "./rollout-summary";
import { ApprovalView, PendingApproval } from "./rollout-view";

const WaitingRollout = z.object({
  rollout: RolloutSummary,
  /** `approval`: its step asks for one. `review`: a limit is broken, or gates failed. `by_hand`: somebody paused it. */
  kind: z.enum(["approval", "review", "by_hand"]),
  waitingSince: Time,
  /** When the rollout ends unanswered; null where it waits as long as it takes. */
  expiresAt: Time.nullable(),
  /** Who stopped it, where a person did. */
  pausedBy: z.string().nullable(),
  /** Where enough approvals lead: the state, and 0–100 of subjects the candidate then gets. */
  next: z.object({ state: z.enum(ROLLOUT_STATES), percentage: z.number() }),
  /** The broken limits of the newest evaluation, in words. */
  violations: z.array(z.string()),
  approval: PendingApproval,
  /** Answers to the present step that still count. */
  votes: z.array(ApprovalView),
});
type WaitingRollout = z.input<typeof WaitingRollout>;

/** `GET /api/v1/approvals`. */
export const ApprovalsView = z.object({
  sentence: z.string(),
  /** Of everyone, whatever was asked for. */
  waiting: z.number().int(),
  /** Of those, how many the caller may answer. */
  mine: z.number().int(),
  items: z.array(WaitingRollout),
});
export type ApprovalsView = z.input<typeof ApprovalsView>;

/**
 * @param mine only what the viewer may answer.
 */
export function readApprovals(
  deps: ReadDeps,
  { application, viewer, mine = false }: { application: string; viewer: Viewer; mine?: boolean | undefined },
): ApprovalsView {
  const refs = releaseRefs(deps.control, application);
  const all = listLiveRollouts(deps.control, application)
    .filter((row) => row.state === "paused")
    .map((row) => loadRollout(deps, row))
    .flatMap((loaded) => waitingView(deps, { loaded, viewer, rollout: summaryOf(deps, loaded, refs) }))
    .toSorted((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || a.waitingSince - b.waitingSince);
  const own = all.filter(({ approval }) => approval.viewer?.eligible === true);
  return {
    sentence: sentenceOf(all.length, own.length),
    waiting: all.length,
    mine: own.length,
    items: mine ? own : all,
  };
}

function waitingView(
  deps: ReadDeps,
  { loaded, viewer, rollout }: { loaded: LoadedRollout; viewer: Viewer; rollout: WaitingRollout["rollout"] },
): WaitingRollout[] {
  const { row, evaluation } = loaded;
  const approvals = approvalViews(deps, loaded);
  const approval = approvalState(deps, { loaded, approvals, viewer });
  if (approval === null) return [];
  return [
    {
      rollout,
      ...pauseOf(loaded),
      expiresAt: approvalExpiryMs(loaded.policy, row) ?? null,
      next: nextOf(loaded),
      violations: evaluation?.seen.violations.map(({ message }) => message) ?? [],
      approval,
      votes: approvals.filter(({ counts, stepIndex }) => counts && stepIndex === row.stepIndex),
    },
  ];
}

/** Since when it waits, and for what. */
function pauseOf({
  row,
  policy,
  transitions,
}: LoadedRollout): Pick<WaitingRollout, "kind" | "waitingSince" | "pausedBy"> {
  const pause = transitions.findLast(({ toState }) => toState === "paused");
  const waitingSince = pause?.atMs ?? row.stepStartedAtMs;
  if (awaitsApproval(policy, row)) return { kind: "approval", waitingSince, pausedBy: null };
  if (pause === undefined || !["person", "token"].includes(pause.actorKind)) {
    return { kind: "review", waitingSince, pausedBy: null };
  }
  return { kind: "by_hand", waitingSince, pausedBy: pause.actorName };
}

function nextOf({ row, policy }: LoadedRollout): WaitingRollout["next"] {
  const next = movesAfterApproval(policy, row).at(-1)?.to ?? row;
  return { state: next.state, percentage: next.state === "promoted" ? 100 : exposureOf(policy, next).percentage };
}

function sentenceOf(waiting: number, mine: number): string {
  if (waiting === 0) return "No rollout waits for an answer.";
  const yours =
    mine === 0
      ? "none of them is yours to answer"
      : mine === waiting
        ? waiting === 1
          ? "you may answer it"
          : "you may answer each"
        : `you may answer ${mine}`;
  return `${countWords(waiting, "rollout")} wait${waiting === 1 ? "s" : ""} for an answer; ${yours}.`;
}
