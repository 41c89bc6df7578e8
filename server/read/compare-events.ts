/** Deploys, steps, pauses and rollbacks in the range, for the flags on the charts and the list below them. */
import type { z } from "zod";
import { listAliasMoves } from "@/server/store/control/aliases";
import { listTransitions } from "@/server/store/control/rollouts";
import type { CompareSubject } from "./compare-subject";
import type { CompareView } from "./compare-view";
import type { ReadDeps } from "./deps";

type Event = z.input<typeof CompareView>["events"][number];

/** More moves than this in one chart cannot be read anyway. */
const MAX_MOVES = 50;

/** In order of time. */
export function compareEvents({ control }: ReadDeps, subject: CompareSubject): Event[] {
  const { application, rollout, fromMs, toMs } = subject;
  const moves = listAliasMoves(control, { application, limit: MAX_MOVES }).items.map((move): Event => {
    const kind = move.cause === "rollback" ? "rollback" : "deploy";
    return {
      at: move.atMs,
      kind,
      label: `${move.alias} → ${move.toReleaseId.slice(0, 7)} (${move.cause.replace("_", " ")})`,
    };
  });
  const transitions = rollout === undefined ? [] : listTransitions(control, rollout.id).map(eventOfTransition);
  return [...moves, ...transitions]
    .filter((event) => fromMs <= event.at && event.at <= toMs)
    .toSorted((a, b) => a.at - b.at);
}

function eventOfTransition(transition: { atMs: number; toState: string; event: string; reason: string }): Event {
  const label = transition.reason === "" ? transition.event.replaceAll("_", " ") : transition.reason;
  if (transition.toState === "paused") return { at: transition.atMs, kind: "pause", label: `paused: ${label}` };
  if (transition.toState === "rolled_back")
    return { at: transition.atMs, kind: "rollback", label: `rolled back: ${label}` };
  return { at: transition.atMs, kind: "step", label: `${transition.toState.replace("_", " ")}: ${label}` };
}
