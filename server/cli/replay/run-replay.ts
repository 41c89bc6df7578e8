/** A file's requests evaluated at every tick of their own time. */
import { LATENESS_MS } from "@/server/controller/evidence-buckets";
import { ReplayCount, replayTicks, type ReplaySummary, type ReplayTick } from "@/server/controller/replay-ticks";
import { EVALUATION_STEP_MS } from "@/server/controller/rule-windows";
import type { Policy } from "@/server/domain/policy/policy";
import { alignDown, alignUp } from "@/server/domain/window/window";
import type { LoadedReplay } from "./load-replay";

export interface ReplayWatch {
  readonly tickMs: number;
  /** Told after each evaluation how many of the ticks have been. */
  readonly onTick?: (done: number, of: number) => void;
  /** Told every change of decision, the first decision included. */
  readonly onChange: (change: ReplayTick) => void;
}

/** Evaluates tick by tick, tells every change of decision (the first included), and sums up. */
export function runReplay(
  { telemetry, situation, span }: LoadedReplay,
  { tickMs, onTick, onChange }: ReplayWatch,
): ReplaySummary {
  const count = new ReplayCount();
  if (span === undefined) return count.summary();
  const startMs = alignDown(situation.comparison.sinceMs, tickMs) + tickMs;
  const endMs = alignUp(settledMs(situation.policy, span.lastMs), tickMs);
  const nth = (atMs: number): number => (atMs - startMs) / tickMs + 1;
  const ticks = replayTicks({
    telemetry,
    situationAt: (nowMs) => {
      telemetry.moveTo(nowMs);
      return situation;
    },
    startMs,
    endMs,
    tickMs,
  });
  for (const tick of ticks) {
    onTick?.(nth(tick.atMs), nth(endMs));
    if (count.add(tick)) onChange(tick);
  }
  return count.summary();
}

/** When the newest request is decided on: its bucket is over and old enough. */
function settledMs({ evidence, settleMs }: Policy, lastMs: number): number {
  const bucketEndMs = alignDown(lastMs, EVALUATION_STEP_MS) + EVALUATION_STEP_MS;
  return bucketEndMs + (evidence === "confident" ? Math.max(settleMs, LATENESS_MS) : settleMs);
}
