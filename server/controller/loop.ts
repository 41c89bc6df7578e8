/** Runs ticks one after the other until stopped. A tick that takes longer than the interval delays the next, never overlaps it. */
import { setTimeout as delay } from "node:timers/promises";
import { noteRound, releaseLease } from "@/server/store/control/leases";
import { CONTROLLER_LEASE, runTick, type ControllerDeps } from "./tick";

/** Work that runs beside the ticks: started by each tick under the lease, never waited for by one. */
export interface SideWork {
  /** Starts what is due and returns at once. */
  start: (nowMs: number) => void;
  /** Ends what is under way. */
  stop: () => Promise<void>;
}

/** Resolves when `signal` has aborted, the running tick is done and side work has ended; the lease is given back. */
export async function runLoop(
  deps: ControllerDeps,
  settings: { tickMs: number; clock: () => number; signal: AbortSignal; sideWork: readonly SideWork[] },
): Promise<void> {
  const { tickMs, clock, signal, sideWork } = settings;
  const { log } = deps;
  while (!signal.aborted) {
    const startedMs = clock();
    try {
      const report = runTick(deps, startedMs);
      if (report.evaluated + report.failed > 0) log.debug(report, "tick");
      if (!report.standby) {
        noteRound(deps.control, { name: CONTROLLER_LEASE, holder: deps.holder, durationMs: clock() - startedMs });
        for (const work of sideWork) work.start(startedMs);
      }
    } catch (error) {
      // A locked or full disk passes; the next tick tries again, and readiness shows the lease growing old.
      log.error({ err: error }, "the tick failed");
    }
    const restMs = Math.max(0, startedMs + tickMs - clock());
    await delay(restMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(sideWork.map((work) => work.stop()));
  releaseLease(deps.control, { name: CONTROLLER_LEASE, holder: deps.holder });
}
