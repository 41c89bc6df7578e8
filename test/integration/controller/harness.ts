/** A controller on real databases with a clock that the test holds: requests are written as the intake would. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, onTestFinished } from "vitest";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import { putPolicy } from "@/server/control/put-policy";
import { startRollout } from "@/server/control/start-rollout";
import { ControllerMemory } from "@/server/controller/controller-memory";
import { runTick, type ControllerDeps, type TickReport } from "@/server/controller/tick";
import { findRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { findNewestEvaluation } from "@/server/store/control/evaluations";
import { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { PolicyName, ReleaseId } from "@/server/domain/ids";
import type { Track } from "@/server/domain/vocabulary";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { APP, newWorld, ON_PRODUCTION, person, token, type World } from "@/test/integration/control/fixtures";

const MIGRATIONS = join(import.meta.dirname, "../../../db/telemetry/migrations");
const folder = mkdtempSync(join(tmpdir(), "switchback-controller-"));
let made = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** 2026-04-12T12:00:00Z. */
export const NOON = Date.UTC(2026, 3, 12, 12);

interface Traffic {
  releaseId: string;
  track: Track;
  count: number;
  /** Requests are spread evenly over `[fromMs, toMs)`. */
  fromMs: number;
  toMs: number;
  /** The i-th request, on top of a good one. */
  facts?: (index: number) => Partial<NewRequest>;
}

export interface Stage {
  world: World;
  deps: ControllerDeps;
  control: string;
  candidate: string;
  /** All traffics together, in order of arrival. */
  send: (...traffics: Traffic[]) => void;
  put: (document: Record<string, unknown>) => void;
  /** Starts the candidate's rollout under policy `test`. */
  start: (atMs: number) => string;
  /** Ticks every `everyMs` in `(fromMs, toMs]`; the reports. */
  run: (range: { fromMs: number; toMs: number; everyMs?: number }) => TickReport[];
  rollout: (id: string) => RolloutRow;
  evaluation: (id: string) => PolicyEvaluation;
}

/** A world with a control that serves production and a candidate, and a controller that looks at it. */
export function newStage(): Stage {
  const world = newWorld();
  made += 1;
  const path = join(folder, `${made}.db`);
  const writing = openTelemetryDatabase(path);
  migrateTelemetryDatabase(writing, MIGRATIONS);
  let nowMs = NOON;
  const telemetry = new SqliteTelemetryReader(openTelemetryForReading(path), () => nowMs);
  onTestFinished(() => {
    telemetry.close();
    writing.$client.close();
  });
  const writer = new TelemetryWriter(writing);
  const deps: ControllerDeps = {
    control: world.db,
    telemetry,
    memory: new ControllerMemory(),
    log: pino({ level: "silent" }),
    holder: "test",
    codeVersion: "test",
    clock: () => nowMs,
  };
  const control = world.release(1);
  const candidate = world.release(2);
  world.serve(control, NOON - 86_400_000);
  let sent = 0;
  return {
    world,
    deps,
    control,
    candidate,
    send: (...traffics) => {
      // The intake commits about once a second: arrival follows the request's time.
      const fromMs = Math.min(...traffics.map((traffic) => traffic.fromMs));
      const toMs = Math.max(...traffics.map((traffic) => traffic.toMs));
      for (let second = fromMs; second < toMs; second += 1_000) {
        const requests = traffics.flatMap((traffic) =>
          indicesOf(traffic, second).map((index) => {
            sent += 1;
            const { releaseId, track, facts } = traffic;
            return { ...goodRequest(sent), releaseId, track, timeMs: second, ...facts?.(index) };
          }),
        );
        if (requests.length === 0) continue;
        writer.write(
          { requests, scores: [] },
          { nowMs: second + 500, segmentKeys: () => ["region"], limits: new Map() },
        );
      }
    },
    put: (document) => {
      putPolicy(world.as(person("release_manager"), NOON), {
        name: PolicyName.parse("test"),
        document: { name: "test", ...document },
      });
    },
    start: (atMs) =>
      startRollout(world.as(token(["ci"]), atMs), {
        ...ON_PRODUCTION,
        candidate: ReleaseId.parse(candidate),
        policy: "test",
      }).id,
    run: ({ fromMs, toMs, everyMs = 5_000 }) => {
      const reports: TickReport[] = [];
      for (nowMs = fromMs + everyMs; nowMs <= toMs; nowMs += everyMs) reports.push(runTick(deps, nowMs));
      return reports;
    },
    rollout: (id) => {
      const row = findRollout(world.db, id);
      if (row === undefined) throw new Error(`no rollout ${id}`);
      return row;
    },
    evaluation: (id) => {
      const row = findNewestEvaluation(world.db, { rolloutId: id });
      if (row === undefined) throw new Error(`no evaluation of ${id}`);
      return PolicyEvaluation.parse(row.detail);
    },
  };
}

/** Which of the traffic's requests fall into the second. */
function indicesOf({ fromMs, toMs, count }: Traffic, second: number): number[] {
  const before = (timeMs: number): number =>
    Math.ceil(Math.min(1, Math.max(0, (timeMs - fromMs) / (toMs - fromMs))) * count);
  const first = before(second);
  return Array.from({ length: before(second + 1_000) - first }, (_, offset) => first + offset);
}

function goodRequest(number: number): Omit<NewRequest, "releaseId" | "track" | "timeMs"> {
  return {
    application: APP,
    requestId: `request-${number}`,
    releaseSource: "explicit",
    shadowOf: null,
    traceId: null,
    spanId: null,
    responseId: null,
    subject: Buffer.from(`subject-${String(number % 400).padStart(4, "0")}`).subarray(-8),
    region: "eu",
    tenant: null,
    segments: null,
    status: "ok",
    errorType: null,
    refused: false,
    toxic: false,
    policyViolation: false,
    taskCompleted: true,
    ttftUs: 400_000 + (number % 100) * 1_000,
    ttftSide: "client",
    durationUs: 3_000_000,
    inputTokens: 600,
    outputTokens: 200,
    reasoningTokens: null,
    costNanoUsd: 4_000_000,
    scores: [],
    features: [],
    featureFingerprint: null,
    measures: null,
    attributes: null,
    input: null,
    output: null,
    sources: null,
    flags: [],
  };
}
