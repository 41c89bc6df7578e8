/** A file's requests evaluated at every tick of their own time. */
import { LATENESS_MS } from "@/server/controller/evidence-buckets";
import { ReplayCount, replayTicks, type ReplaySummary, type ReplayTick } from "@/server/controller/replay-ticks";
import { EVALUATION_STEP_MS } from "@/server/controller/rule-windows";
import type { Policy } from "@/server/domain/policy/policy";
import { alignDown, alignUp } from "@/server/domain/window/window";
import type { LoadedReplay } from "./load-replay";

/** Evaluates tick by tick, tells every change of decision (the first included), and sums up. */
export function runReplay(
  { telemetry, situation, span }: LoadedReplay,
  { tickMs, onChange }: { tickMs: number; onChange: (change: ReplayTick) => void },
): ReplaySummary {
  const count = new ReplayCount();
  if (span === undefined) return count.summary();
  const ticks = replayTicks({
    telemetry,
    situationAt: (nowMs) => {
      telemetry.moveTo(nowMs);
      return situation;
    },
    startMs: alignDown(situation.comparison.sinceMs, tickMs) + tickMs,
    endMs: alignUp(settledMs(situation.policy, span.lastMs), tickMs),
    tickMs,
  });
  for (const tick of ticks) if (count.add(tick)) onChange(tick);
  return count.summary();
}

/** When the newest request is decided on: its bucket is over and old enough. */
function settledMs({ evidence, settleMs }: Policy, lastMs: number): number {
  const bucketEndMs = alignDown(lastMs, EVALUATION_STEP_MS) + EVALUATION_STEP_MS;
  return bucketEndMs + (evidence === "confident" ? Math.max(settleMs, LATENESS_MS) : settleMs);
}
