/** Wires the intake: writer, queue, facts, listener, background work. */
import type { Server } from "node:http";
import type { TelemetryWriter, WriteFacts } from "@/server/store/sqlite/telemetry-writer";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import { isUnavailable } from "@/server/store/sqlite/unavailable";
import { startBackgroundWork } from "./background-work";
import { CommitQueue } from "./commit-queue";
import { IntakeMetrics } from "./intake-metrics";
import { createIntakeServer } from "./intake-server";
import { startRehearsalTraffic } from "./rehearsal-traffic";

interface IntakeLog {
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
  const reading = { calls: 0 };
  const isReading = (): boolean => reading.calls > 0;
  const queue = new CommitQueue({ writer, facts: writeFacts, clock, observer: metrics, isReading });
  const { server, close } = createIntakeServer({
    queue,
    facts,
    metrics,
    clock,
    maxBytes,
    reading,
    gauges: () => ({
      queuedRecords: queue.queued,
      waitingScores: writer.waitingScores,
      overflowedSegments: writer.overflows,
      uncountedMeasures: writer.uncountedMeasures,
    }),
    ready: () => notReady(facts),
    onError: (error, path) => log.error({ err: error, path }, "a call failed"),
  });
  const stopBackgroundWork = startBackgroundWork({
    writer,
    facts: writeFacts,
    retentionOf: (application) => facts.retentionOf(application),
    isBusy: () => queue.queued > 0,
    onError: (error) => log.warn({ err: error }, "a step of background work failed"),
  });
  const stopRehearsals = startRehearsalTraffic({
    facts,
    submit: (requests) => queue.submit({ requests, scores: [] }),
    clock,
    random: Math.random,
    onError: (error) => log.warn({ err: error }, "simulated requests of a rehearsal were not stored"),
  });
  return {
    server,
    stop: async () => {
      stopBackgroundWork();
      stopRehearsals();
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
