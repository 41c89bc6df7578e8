/** Wires the intake: writer, queue, facts, listener, and the background search for requests of waiting scores. */
import type { Server } from "node:http";
import type { TelemetryWriter, WriteFacts } from "@/server/store/sqlite/telemetry-writer";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import { isUnavailable } from "@/server/store/sqlite/unavailable";
import { CommitQueue } from "./commit-queue";
import { IntakeMetrics } from "./intake-metrics";
import { createIntakeServer } from "./intake-server";

/** Between two steps of the search, so that it never holds up commits. */
const SEARCH_PAUSE_MS = 20;

export interface IntakeLog {
  error: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
}

export interface IntakeSettings {
  writer: TelemetryWriter;
  /** Path of control.db, which another process creates. */
  controlPath: string;
  maxBytes: number;
  clock: () => number;
  log: IntakeLog;
}

export interface Intake {
  server: Server;
  /** Takes nothing new, commits and answers what was taken. */
  stop: () => Promise<void>;
}

/** Creates the intake; the caller lets `server` listen. */
export function startIntake({ writer, controlPath, maxBytes, clock, log }: IntakeSettings): Intake {
  const facts = new ControlFacts(controlPath);
  const metrics = new IntakeMetrics();
  const writeFacts = (): WriteFacts => {
    facts.refresh();
    return {
      nowMs: clock(),
      segmentKeys: (application) => facts.segmentKeys(application),
      evidenceKeys: (application) => facts.evidenceKeys(application),
      limits: facts.limits,
    };
  };
  const queue = new CommitQueue({ writer, facts: writeFacts, clock, observer: metrics });
  const { server, close } = createIntakeServer({
    queue,
    facts,
    metrics,
    clock,
    maxBytes,
    gauges: () => ({
      queuedRecords: queue.queued,
      waitingScores: writer.waitingScores,
      overflowedSegments: writer.overflows,
    }),
    ready: () => notReady(facts),
    onError: (error, path) => log.error({ err: error, path }, "a call failed"),
  });
  const search = setInterval(() => {
    if (queue.queued > 0 || !writer.hasUnsearched) return;
    try {
      writer.searchOlder(writeFacts());
    } catch (error) {
      log.warn({ err: error }, "older requests of scores could not be searched; trying again");
      if (!isUnavailable(error)) clearInterval(search);
    }
  }, SEARCH_PAUSE_MS);
  search.unref();
  return {
    server,
    stop: async () => {
      clearInterval(search);
      await close();
      await queue.close();
      facts.close();
    },
  };
}

/** What keeps the intake from working, in words. */
function notReady(facts: ControlFacts): string | undefined {
  try {
    facts.refresh();
    return undefined;
  } catch (error) {
    if (isUnavailable(error)) return "control.db cannot be read";
    throw error;
  }
}
