/**
 * One tick of the controller over many live rollouts, each with new data in the bucket: 6 thresholds, 5 segment values,
 * evidence confident. The floor is the same tick without new data, which only reads the rollouts. The data come from
 * another process, so that the memory is the controller's own.
 */
import { hash } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import type { ControlContext } from "@/server/control/context";
import { moveAlias } from "@/server/control/move-alias";
import { putPolicy } from "@/server/control/put-policy";
import { registerRelease } from "@/server/control/register-release";
import { startRollout } from "@/server/control/start-rollout";
import { ControllerMemory } from "@/server/controller/controller-memory";
import { runTick } from "@/server/controller/tick";
import { AliasName, ApplicationId, PolicyName, ReleaseId } from "@/server/domain/ids";
import { CONTROLLER_CACHE_MIB } from "@/server/node-flags";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";

const START = Date.UTC(2026, 3, 12, 12);
const BUCKET_MS = 10_000;
const REGIONS = ["us-east", "eu-west", "us-west", "ap-south", "sa-east"];
const POLICY = {
  name: "bench",
  settle: "15s",
  thresholds: {
    p95_ttft_ms: { max: 850, window: "5m", min_requests: 20, action: "rollback" },
    error_rate: { max: 0.05, window: "5m", min_requests: 20, action: "rollback" },
    toxicity_rate: { max: 0.004, window: "10m", min_requests: 20, action: "rollback" },
    task_completion_rate: { min: 0.91, window: "30m", min_requests: 20, action: "rollback" },
    groundedness_score: { min: 0.82, window: "15m", min_requests: 20, action: "pause_for_review" },
    mean_cost_usd: { max_increase: 0.15, vs: "control", window: "30m", min_requests: 20, action: "rollback" },
  },
  segments: ["region"],
  steps: [{ canary: "50%", min_duration: "10h" }],
};

/** What a process of this benchmark is asked for. */
export type TickTask =
  | { do: "start"; folder: string; rollouts: number }
  | { do: "feed"; bucket: number }
  | { do: "open"; folder: string }
  | { do: "tick"; bucket: number };

/** Milliseconds of both ticks after a bucket, and the memory of the process then; zeros for the other tasks. */
export interface TickAnswer {
  busyMs: number;
  /** Processor time of the first, which other load on the machine moves less. */
  busyCpuMs: number;
  idleMs: number;
  residentMib: number;
}

const NOTHING: TickAnswer = { busyMs: 0, busyCpuMs: 0, idleMs: 0, residentMib: 0 };

/** Does the tasks of one process: either `start` and `feed`, or `open` and `tick`. */
export function tickWorker(): (task: TickTask) => TickAnswer {
  let feedBucket: ((bucket: number) => void) | undefined;
  let tick: ((bucket: number) => TickAnswer) | undefined;
  return (task) => {
    switch (task.do) {
      case "start":
        feedBucket = openFeed(task.folder, task.rollouts);
        return NOTHING;
      case "feed":
        feedBucket?.(task.bucket);
        return NOTHING;
      case "open":
        tick = openController(task.folder);
        return NOTHING;
      case "tick":
        return tick?.(task.bucket) ?? NOTHING;
    }
  };
}

/** As the intake and the pages would: the rollouts are started, and buckets of requests written. */
function openFeed(folder: string, rollouts: number): (bucket: number) => void {
  const control = openControlDatabase(join(folder, "control.db"));
  migrateControlDatabase(control, "db/control/migrations");
  const writing = openTelemetryDatabase(join(folder, "telemetry.db"));
  migrateTelemetryDatabase(writing, "db/telemetry/migrations");
  const arms = startRollouts(control, rollouts);
  control.$client.close();
  const writer = new TelemetryWriter(writing);
  return (bucket) => feed(writer, { arms, startMs: START + bucket * BUCKET_MS, bucket });
}

/** The controller with nothing else in its process. */
function openController(folder: string): (bucket: number) => TickAnswer {
  let nowMs = START;
  const deps = {
    control: openControlDatabase(join(folder, "control.db")),
    telemetry: new SqliteTelemetryReader(
      openTelemetryForReading(join(folder, "telemetry.db"), CONTROLLER_CACHE_MIB),
      () => nowMs,
    ),
    memory: new ControllerMemory(),
    log: pino({ level: "error" }),
    holder: "bench",
    codeVersion: "bench",
    clock: () => nowMs,
  };
  return (bucket) => {
    nowMs = START + (bucket + 1) * BUCKET_MS + 20_000;
    const before = process.cpuUsage();
    const busyMs = timed(() => runTick(deps, nowMs));
    const { user, system } = process.cpuUsage(before);
    const idleMs = timed(() => runTick(deps, nowMs));
    return { busyMs, busyCpuMs: (user + system) / 1_000, idleMs, residentMib: process.memoryUsage().rss / 2 ** 20 };
  };
}

interface Arms {
  application: string;
  control: string;
  candidate: string;
}

function startRollouts(db: ReturnType<typeof openControlDatabase>, count: number): Arms[] {
  const context: ControlContext = {
    db,
    nowMs: START,
    actor: { kind: "person", id: "bench", name: "bench", role: "admin", scopes: [] },
  };
  db.$client.pragma("synchronous = OFF");
  putPolicy(context, { name: PolicyName.parse("bench"), document: POLICY });
  const alias = AliasName.parse("production");
  return Array.from({ length: count }, (_, index) => {
    const application = ApplicationId.parse(`app-${index}`);
    const register = (version: number): ReleaseId =>
      ReleaseId.parse(
        registerRelease(context, { application, components: { prompt: `p${index}@${version}` }, author: "somebody" })
          .releaseId,
      );
    const [good, candidate] = [register(1), register(2)];
    moveAlias(context, { application, alias, releaseId: good, reason: "first" });
    startRollout(context, { application, alias, candidate, policy: "bench" });
    return { application, control: good, candidate };
  });
}

function feed(
  writer: TelemetryWriter,
  { arms, startMs, bucket }: { arms: readonly Arms[]; startMs: number; bucket: number },
): void {
  for (let from = 0; from < arms.length; from += 100) {
    const requests = arms.slice(from, from + 100).flatMap((arm, offset) =>
      REGIONS.flatMap((region, place) =>
        (["control", "canary"] as const).map((track) => {
          const releaseId = track === "control" ? arm.control : arm.candidate;
          const id = `${bucket}-${from + offset}-${place}-${track}`;
          return request({ id, application: arm.application, releaseId, track, region, timeMs: startMs + 1_000 });
        }),
      ),
    );
    writer.write(
      { requests, scores: [] },
      { nowMs: startMs + 5_000, segmentKeys: () => ["region"], limits: new Map() },
    );
  }
}

function request(
  facts: Pick<NewRequest, "application" | "releaseId" | "track" | "region" | "timeMs"> & { id: string },
): NewRequest {
  const { id, ...rest } = facts;
  return {
    ...rest,
    requestId: id,
    releaseSource: "explicit",
    shadowOf: null,
    traceId: null,
    spanId: null,
    responseId: null,
    subject: hash("sha256", id, "buffer").subarray(0, 8),
    tenant: null,
    segments: null,
    status: "ok",
    errorType: null,
    refused: false,
    toxic: false,
    policyViolation: false,
    taskCompleted: true,
    ttftUs: 400_000,
    ttftSide: "client",
    durationUs: 3_000_000,
    inputTokens: 600,
    outputTokens: 200,
    reasoningTokens: null,
    costNanoUsd: 4_000_000,
    scores: [{ name: "groundedness", value: 0.9, judge: null, timeMs: rest.timeMs }],
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

function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}
