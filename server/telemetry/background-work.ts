/** What the intake does while nobody waits for it: finding older requests of scores, deleting what is too old. */
import type { TelemetryWriter, WriteFacts } from "@/server/store/sqlite/telemetry-writer";
import type { Retention } from "@/server/store/sqlite/retention";
import { isUnavailable } from "@/server/store/sqlite/unavailable";

/** Between two short steps, so that commits come first. */
const STEP_PAUSE_MS = 20;
/** Between two looks for something to delete, when the last found nothing. */
const SWEEP_PAUSE_MS = 60_000;

export interface BackgroundParts {
  writer: TelemetryWriter;
  facts: () => WriteFacts;
  retentionOf: (application: string) => Retention;
  /** Whether somebody waits for a commit. */
  isBusy: () => boolean;
  onError: (error: unknown) => void;
}

/** Starts it; the returned function ends it. */
export function startBackgroundWork(parts: BackgroundParts): () => void {
  let nextSweepMs = 0;
  const timer = setInterval(() => {
    if (parts.isBusy()) return;
    try {
      nextSweepMs = step(parts, nextSweepMs);
    } catch (error) {
      // A locked or full database: later. Anything else would only repeat itself.
      parts.onError(error);
      if (!isUnavailable(error)) clearInterval(timer);
    }
  }, STEP_PAUSE_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function step({ writer, facts, retentionOf }: BackgroundParts, nextSweepMs: number): number {
  if (writer.hasUnsearched) {
    writer.searchOlder(facts());
    return nextSweepMs;
  }
  const nowMs = performance.now();
  if (nowMs < nextSweepMs) return nextSweepMs;
  return writer.sweep(facts().nowMs, retentionOf) ? nowMs : nowMs + SWEEP_PAUSE_MS;
}
