/** A whole rehearsal in simulated time: its traffic, the pause that leaves the decision to a person, the rollback, the drain. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTelemetryDatabase, openTelemetryForReading, migrateTelemetryDatabase } from "@/db/telemetry/open";
import { rollback } from "@/server/control/rollback";
import { startRehearsal } from "@/server/control/start-rehearsal";
import { ControllerMemory } from "@/server/controller/controller-memory";
import { runTick } from "@/server/controller/tick";
import { seededRandom } from "@/server/demo/random";
import { LONGEST_TRAFFIC_MS, rehearsalOf, TRAFFIC_AFTERWARDS_MS } from "@/server/domain/rehearsal/rehearsal";
import { readRollbackProgress } from "@/server/read/rollback-progress";
import { findRollout } from "@/server/store/control/rollouts";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { rehearsalBeat } from "@/server/telemetry/rehearsal-traffic";
import { APP, freshDatabasePath, newWorld, open, person, T0, type World } from "@/test/integration/control/fixtures";

const MIGRATIONS = join(import.meta.dirname, "../../../db/telemetry/migrations");
const REHEARSAL = rehearsalOf(APP);
const onCall = person("on_call", "Robin");

interface Stage {
  world: World;
  telemetry: SqliteTelemetryReader;
  clock: { nowMs: number };
  /** What every beat has sent. */
  sent: NewRequest[];
  /** One second of traffic, and a tick where one is due. */
  second: () => Promise<void>;
  close: () => void;
}

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), "switchback-rehearsal-"));
  const path = join(folder, "telemetry.db");
  const writing = openTelemetryDatabase(path);
  migrateTelemetryDatabase(writing, MIGRATIONS);
  const clock = { nowMs: T0 };
  const telemetry = new SqliteTelemetryReader(openTelemetryForReading(path), () => clock.nowMs);
  const controlPath = freshDatabasePath();
  const world = newWorld(open(controlPath));
  world.serve(world.release(1));
  const facts = new ControlFacts(controlPath);
  const writer = new TelemetryWriter(writing);
  const sent: NewRequest[] = [];
  const submit = (requests: readonly NewRequest[]): Promise<void> => {
    sent.push(...requests);
    const at = { nowMs: clock.nowMs, segmentKeys: () => ["region"], limits: facts.limits };
    writer.write({ requests: [...requests], scores: [] }, at);
    return Promise.resolve();
  };
  const random = seededRandom(7);
  const fail = (error: unknown): never => {
    throw error;
  };
  const beat = rehearsalBeat({
    facts,
    submit,
    clock: () => clock.nowMs,
    random: () => random.uniform(),
    onError: fail,
  });
  const log = pino({ level: "silent" });
  const memory = new ControllerMemory();
  const controller = {
    control: world.db,
    telemetry,
    memory,
    log,
    holder: "test",
    codeVersion: "test",
    clock: () => clock.nowMs,
  };
  const second = async (): Promise<void> => {
    clock.nowMs += 1_000;
    await beat();
    if (clock.nowMs % 5_000 === 0) runTick(controller, clock.nowMs);
  };
  const close = (): void => {
    facts.close();
    telemetry.close();
    writing.$client.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { world, telemetry, clock, sent, second, close };
}

const start = () => startRehearsal(stage.world.as(onCall, stage.clock.nowMs), { application: APP });

test("within two minutes the policy pauses the canary, and leaves the rollback to a person", async () => {
  const { rolloutId, brokenReleaseId } = start();
  for (let at = 0; at < 120; at++) await stage.second();
  expect(findRollout(stage.world.db, rolloutId)).toMatchObject({ state: "paused", endedAtMs: null });
  expect(findRollout(stage.world.db, rolloutId)?.pauseReason).toMatch(/task.completion/);
  const { incidentId } = rollback(stage.world.as(onCall, stage.clock.nowMs), {
    application: REHEARSAL,
    reason: "rehearsed",
  });
  for (let at = 0; at < 90; at++) await stage.second();
  const deps = { control: stage.world.db, telemetry: stage.telemetry, nowMs: stage.clock.nowMs };
  const steps = new Map(readRollbackProgress(deps, { incidentId }).steps.map(({ name, state }) => [name, state]));
  expect([steps.get("alias_moved"), steps.get("observed_traffic")]).toEqual(["done", "done"]);
  const after = { application: REHEARSAL, fromMs: deps.nowMs - 60_000, toMs: deps.nowMs };
  expect(stage.telemetry.traffic(after).map(({ releaseId }) => releaseId)).not.toContain(brokenReleaseId);
});

test("half an hour of history comes first, once, and every record is one that the intake takes", async () => {
  start();
  await stage.second();
  const history = stage.sent.filter(({ timeMs }) => timeMs < T0);
  expect(history).toHaveLength(360);
  await stage.second();
  expect(stage.sent.filter(({ timeMs }) => timeMs < T0)).toHaveLength(360);
  expect(stage.sent).toHaveLength(380);
  expect(new Set(stage.sent.map(({ application }) => application))).toEqual(new Set([REHEARSAL]));
});

test("it ends by itself: some minutes after the end, and of a rehearsal that nobody ends", async () => {
  start();
  await stage.second();
  stage.clock.nowMs += LONGEST_TRAFFIC_MS;
  const before = stage.sent.length;
  await stage.second();
  expect(stage.sent).toHaveLength(before);

  startRehearsal(stage.world.as(onCall, stage.clock.nowMs), { application: APP, startOver: true });
  await stage.second();
  rollback(stage.world.as(onCall, stage.clock.nowMs), { application: REHEARSAL, reason: "rehearsed" });
  await stage.second();
  const during = stage.sent.length;
  stage.clock.nowMs += TRAFFIC_AFTERWARDS_MS;
  await stage.second();
  expect(stage.sent).toHaveLength(during);
});

test("without a rehearsal nothing is sent", async () => {
  await stage.second();
  expect(stage.sent).toEqual([]);
});
