/**
 * The DeployBuddy story in simulated time, on real databases and with the real controller: the demo's releases, policy
 * and answers, until the canary has been rolled back and its traffic has drained.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { migrateControlDatabase, openControlDatabase, type ControlDatabase } from "@/db/control/open";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import { approveRollout } from "@/server/control/approve-rollout";
import type { Actor } from "@/server/control/context";
import { findAssignment } from "@/server/control/find-assignment";
import { moveAlias } from "@/server/control/move-alias";
import { putApplication } from "@/server/control/put-application";
import { putPolicy } from "@/server/control/put-policy";
import { recordFingerprint } from "@/server/control/record-fingerprint";
import { registerRelease } from "@/server/control/register-release";
import { startRollout } from "@/server/control/start-rollout";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { ControllerMemory } from "@/server/controller/controller-memory";
import { runTick } from "@/server/controller/tick";
import { simulateRequest } from "@/server/demo/answers";
import { seededRandom } from "@/server/demo/random";
import {
  APPLICATION,
  CANDIDATE,
  CHANGED_VIEW,
  FIRST,
  GOLDEN_SET,
  GOOD,
  OFFLINE_TRANSFORMATION,
  ONLINE_TRANSFORMATION,
  POLICY,
  POLICY_NAME,
  SEGMENTS,
  type StoryRelease,
} from "@/server/demo/story";
import { AliasName, ApplicationId, PolicyName, ReleaseId } from "@/server/domain/ids";
import type { ReadDeps } from "@/server/read/deps";
import { findRollout } from "@/server/store/control/rollouts";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { readRequests } from "@/server/telemetry/json-records";
import { newWorld, person, token, type World } from "@/test/integration/control/fixtures";

const APP = ApplicationId.parse(APPLICATION);
const PRODUCTION = AliasName.parse("production");
const MIGRATIONS = join(import.meta.dirname, "../../../db/telemetry/migrations");
const CONTROL_MIGRATIONS = join(import.meta.dirname, "../../../db/control/migrations");

/** Sunday, 12 April 2026, 03:40:00 UTC: when the canary begins. */
const CANARY_MS = Date.UTC(2026, 3, 12, 3, 40);
/** The changed features go wrong in us-west from here on. */
export const SKEW_MS = CANARY_MS + 180_000;
const PER_SECOND = 40;

const MANAGER: Actor = person("release_manager", "nadia");
const PIPELINE: Actor = token(["ci"], "ci-pipeline");
export const OVERRIDE = "golden set, safety and latency are fine, the fingerprint is probably a formatting difference";

export interface Told {
  readonly world: World;
  readonly deps: (nowMs?: number) => ReadDeps;
  readonly goodId: string;
  readonly candidateId: string;
  readonly incidentId: string;
  readonly rolloutId: string;
  /** When the story ends. */
  readonly endMs: number;
  /** Every request as the gateway sent it. */
  readonly sent: readonly Sent[];
  readonly close: () => void;
}

/** As much of a sent request as the tests count by hand. */
export interface Sent {
  readonly requestId: string;
  readonly releaseId: string;
  readonly time: string;
  readonly subject: string;
  readonly region: string;
  readonly status: "ok" | "error";
  readonly taskCompleted: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

/** Plays until a minute and a half after the rollback. */
export function tellStory(seed = 7): Told {
  const clock = { nowMs: CANARY_MS - 7_200_000 };
  const stores = openStores(clock);
  const { world, telemetry } = stores;
  const cast = setTheScene(world, clock.nowMs);
  const gateway = openGateway({ ...stores, clock, seed, candidateId: cast.candidateId });
  for (; clock.nowMs < CANARY_MS; clock.nowMs += 60_000) {
    gateway.serve(Array.from({ length: 60 }, (_, index) => clock.nowMs - 60_000 + index * 1_000));
  }
  const rolloutId = startCanary(world, { ...cast, nowMs: clock.nowMs });
  const incidentId = playLive({ ...stores, clock, serve: gateway.serve, rolloutId });
  const endMs = clock.nowMs;
  const deps = (nowMs = endMs): ReadDeps => ({ control: world.db, telemetry, nowMs });
  return { world, deps, ...cast, incidentId, rolloutId, endMs, sent: gateway.sent, close: stores.close };
}

/** Live traffic and ticks until a minute and a half after the rollback; the incident's id. */
function playLive(
  given: Stores & { clock: Clock; serve: (times: readonly number[]) => void; rolloutId: string },
): string {
  const { world, telemetry, clock, serve, rolloutId } = given;
  const log = pino({ level: "silent" });
  const control = world.db;
  const memory = new ControllerMemory();
  const controller = { control, telemetry, memory, log, holder: "test", codeVersion: "test", clock: () => clock.nowMs };
  const giveUpMs = clock.nowMs + 1_800_000;
  for (let endedAtMs: number | null = null; clock.nowMs < (endedAtMs ?? giveUpMs) + 90_000;) {
    clock.nowMs += 1_000;
    serve(Array.from({ length: PER_SECOND }, (_, index) => clock.nowMs - 50 - index * 20));
    if (clock.nowMs % 5_000 !== 0) continue;
    runTick(controller, clock.nowMs);
    endedAtMs = findRollout(control, rolloutId)?.endedAtMs ?? null;
  }
  const rollout = findRollout(control, rolloutId);
  if (rollout?.incidentId == null) throw new Error(`the rollout is ${rollout?.state ?? "gone"}`);
  return rollout.incidentId;
}

interface Clock {
  nowMs: number;
}

interface Stores {
  world: World;
  telemetry: SqliteTelemetryReader;
  writer: TelemetryWriter;
  close: () => void;
}

function openStores(clock: Clock): Stores {
  const folder = mkdtempSync(join(tmpdir(), "switchback-story-"));
  const path = join(folder, "telemetry.db");
  const writing = openTelemetryDatabase(path);
  migrateTelemetryDatabase(writing, MIGRATIONS);
  const telemetry = new SqliteTelemetryReader(openTelemetryForReading(path), () => clock.nowMs);
  const world = newWorld(openMigrated());
  const close = (): void => {
    telemetry.close();
    writing.$client.close();
    world.db.$client.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { world, telemetry, writer: new TelemetryWriter(writing), close };
}

/** Answers visitors as the assignment routes them, and sends what a gateway sends. */
function openGateway(given: Stores & { clock: Clock; seed: number; candidateId: string }): {
  sent: Sent[];
  serve: (times: readonly number[]) => void;
} {
  const { world, writer, clock, seed, candidateId } = given;
  const random = seededRandom(seed);
  const sent: Sent[] = [];
  const facts = {
    segmentKeys: () => SEGMENTS,
    telemetryKeys: () => undefined,
    storesContent: () => false,
    applicationOf: () => APPLICATION,
    resolveRelease: () => ({ releaseId: null, source: "unknown" as const }),
  };
  let number = 0;
  const answer = (timeMs: number): Record<string, unknown> => {
    number += 1;
    const subject = `tenant-${1 + Math.floor(random.uniform() * 4_000)}`;
    const { track, releaseId } = findAssignment(world.db, { application: APPLICATION, subject });
    const changedFeatures = releaseId === candidateId;
    const requestId = `live-${seed}-${number}`;
    const skewed = timeMs >= SKEW_MS;
    return simulateRequest(random, { requestId, releaseId, track, subject, timeMs, changedFeatures, skewed });
  };
  const serve = (times: readonly number[]): void => {
    const batch = times.map(answer);
    // The demo's requests have these members.
    sent.push(...(batch as unknown as Sent[]));
    const body = Buffer.from(JSON.stringify({ requests: batch }));
    const { records, rejected } = readRequests(body, "application/json", { facts, nowMs: clock.nowMs });
    if (rejected[0] !== undefined) throw new Error(rejected[0].message);
    const at = { nowMs: clock.nowMs, segmentKeys: () => SEGMENTS, limits: new Map() };
    writer.write({ requests: records, scores: [] }, at);
  };
  return { sent, serve };
}

/** Outlives single tests: the story is told once for all of a file. */
function openMigrated(): ControlDatabase {
  const db = openControlDatabase(":memory:");
  migrateControlDatabase(db, CONTROL_MIGRATIONS);
  return db;
}

function setTheScene(world: World, nowMs: number): { goodId: string; candidateId: string } {
  const manager = world.as(MANAGER, nowMs);
  const pipeline = world.as(PIPELINE, nowMs);
  putApplication(manager, { application: APP, displayName: "DeployBuddy", segments: [...SEGMENTS] });
  putPolicy(manager, { name: PolicyName.parse(POLICY_NAME), document: structuredClone(POLICY) });
  const register = ({ label, ...release }: StoryRelease): string =>
    registerRelease(pipeline, { application: APP, ...release, labels: { title: label } }).releaseId;
  const [firstId, goodId, candidateId] = [register(FIRST), register(GOOD), register(CANDIDATE)];
  const serve = (releaseId: string, reason: string): void => {
    moveAlias(manager, { application: APP, alias: PRODUCTION, releaseId: ReleaseId.parse(releaseId), reason });
  };
  serve(firstId, "first release of DeployBuddy");
  serve(goodId, "prompt 2.8 after its canary");
  for (const [releaseId, results] of [
    [firstId, GOLDEN_SET.first],
    [goodId, GOLDEN_SET.good],
    [candidateId, GOLDEN_SET.candidate],
  ] as const) {
    submitEvaluation(pipeline, { releaseId: ReleaseId.parse(releaseId), suite: "golden-set", results });
  }
  return { goodId, candidateId };
}

function startCanary(world: World, { candidateId, nowMs }: { candidateId: string; nowMs: number }): string {
  for (const [side, config] of [
    ["offline", OFFLINE_TRANSFORMATION],
    ["online", ONLINE_TRANSFORMATION],
  ] as const) {
    recordFingerprint(world.as(PIPELINE, nowMs), { application: APP, view: CHANGED_VIEW, side, config });
  }
  const { id, state } = startRollout(world.as(PIPELINE, nowMs), {
    application: APP,
    alias: PRODUCTION,
    candidate: ReleaseId.parse(candidateId),
    policy: POLICY_NAME,
  });
  if (state === "paused") approveRollout(world.as(MANAGER, nowMs), { rolloutId: id, reason: OVERRIDE });
  return id;
}
