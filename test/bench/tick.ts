/**
 * Measures one tick of the controller over many live rollouts, each with new data in the bucket: 6 thresholds, 5 segment
 * values, evidence confident. The floor is the same tick without new data, which only reads the rollouts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import type { ControlContext } from "@/server/control/context";
import { moveAlias } from "@/server/control/move-alias";
import { putPolicy } from "@/server/control/put-policy";
import { registerRelease } from "@/server/control/register-release";
import { startRollout } from "@/server/control/start-rollout";
import { runTick } from "@/server/controller/tick";
import { AliasName, ApplicationId, PolicyName, ReleaseId } from "@/server/domain/ids";
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

export interface TickFigures {
  rollouts: number;
  /** Median of the ticks with new data in every rollout, ms. */
  busyMs: number;
  /** Median of the ticks without any, ms: the floor. */
  idleMs: number;
  residentMib: number;
}

/** Starts the rollouts, feeds `buckets` buckets, and times a tick after each. */
export function measureTicks({ rollouts, buckets }: { rollouts: number; buckets: number }): TickFigures {
  const folder = mkdtempSync(join(tmpdir(), "switchback-bench-tick-"));
  const control = openControlDatabase(join(folder, "control.db"));
  migrateControlDatabase(control, "db/control/migrations");
  const writing = openTelemetryDatabase(join(folder, "telemetry.db"));
  migrateTelemetryDatabase(writing, "db/telemetry/migrations");
  let nowMs = START;
  const telemetry = new SqliteTelemetryReader(openTelemetryForReading(join(folder, "telemetry.db")), () => nowMs);
  const deps = {
    control,
    telemetry,
    log: pino({ level: "error" }),
    holder: "bench",
    codeVersion: "bench",
    clock: () => nowMs,
  };
  const arms = startRollouts(control, rollouts);
  const writer = new TelemetryWriter(writing);
  const busy: number[] = [];
  const idle: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const startMs = START + bucket * BUCKET_MS;
    feed(writer, { arms, startMs, bucket });
    nowMs = startMs + BUCKET_MS + 20_000;
    busy.push(timed(() => runTick(deps, nowMs)));
    idle.push(timed(() => runTick(deps, nowMs)));
  }
  const residentMib = process.memoryUsage().rss / 2 ** 20;
  telemetry.close();
  writing.$client.close();
  control.$client.close();
  rmSync(folder, { recursive: true, force: true });
  // The first ticks start every rule's evidence; what runs for days is what comes after.
  return { rollouts, busyMs: median(busy.slice(2)), idleMs: median(idle.slice(2)), residentMib };
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
    subject: null,
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
