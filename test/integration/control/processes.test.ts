/** Several processes write at once and are killed without warning: what they acknowledged is there, and nothing is torn. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleProgram } from "@/test/integration/harness/bundle-program";
import { verifyAudit } from "@/server/control/verify-audit";
import { putPolicy } from "@/server/control/put-policy";
import { nextState, type RolloutEvent } from "@/server/domain/rollout/state-machine";
import { ROLLOUT_STATES, type RolloutState } from "@/server/domain/vocabulary";
import { findAlias, listMovesOfAlias } from "@/server/store/control/aliases";
import { findAuditEntry } from "@/server/store/control/audit";
import { listRolloutsOfAlias, listTransitions } from "@/server/store/control/rollouts";
import { freshDatabasePath, newWorld, ON_PRODUCTION, open, person, rows } from "./fixtures";

let program: Awaited<ReturnType<typeof bundleProgram>>;

beforeAll(async () => {
  program = await bundleProgram(new URL("./writer.ts", import.meta.url));
});
afterAll(() => program.remove());

interface Writer {
  child: ChildProcess;
  /** Audit entries that it acknowledged. */
  acknowledged: number[];
  outcomes: Map<string, number>;
  /** Resolves when `count` acts were answered, whatever the answer. */
  answered: (count: number) => Promise<void>;
}

function startWriter(path: string, { name, releases }: { name: string; releases: string[] }): Writer {
  const child = spawn(process.execPath, [program.path, path, name, ...releases], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: number[] = [];
  const outcomes = new Map<string, number>();
  let total = 0;
  const waiting: { count: number; resolve: () => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { outcome, seq } = JSON.parse(line) as { outcome: string; seq?: number };
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (seq !== undefined) acknowledged.push(seq);
    total += 1;
    for (const { count, resolve } of waiting) if (total >= count) resolve();
  });
  const answered = (count: number): Promise<void> =>
    total >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
  return { child, acknowledged, outcomes, answered };
}

async function kill({ child }: Writer): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

it("keeps every acknowledged act of three writers through kill -9, in one valid chain", async () => {
  const path = freshDatabasePath();
  const world = newWorld(open(path));
  const releases = [1, 2, 3, 4].map((n) => world.release(n));
  const steps = [{ canary: "10%" }, { approval: {} }, { soak: "1h", holdback: "1%" }];
  putPolicy(world.as(person("admin")), { name: "steps", document: { steps } });
  world.serve(releases[0] ?? "");
  const begun = rows(world.db, "audit_entries");

  const all: Writer[] = [];
  for (let round = 0; round < 3; round++) {
    const writers = [1, 2, 3].map((n) => startWriter(path, { name: `w${round}${n}`, releases }));
    all.push(...writers);
    await Promise.all(writers.map((one) => one.answered(60)));
    await Promise.all(writers.map(kill));
  }

  const acknowledged = all.flatMap((one) => one.acknowledged);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  for (const seq of acknowledged) expect(findAuditEntry(world.db, seq)).toBeDefined();
  const total = rows(world.db, "audit_entries");
  // A writer may die between its commit and its word: at most one act each is there unacknowledged.
  expect(total - begun - acknowledged.length).toBeLessThanOrEqual(all.length);
  expect(await verifyAudit(world.db)).toMatchObject({ valid: true, entries: total });

  const moves = listMovesOfAlias(world.db, ON_PRODUCTION);
  expect(moves.map((move) => move.revision)).toEqual(moves.map((_, index) => index + 1));
  expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({
    revision: moves.length,
    releaseId: moves.at(-1)?.toReleaseId,
  });
  // Once to git and once to the registries.
  expect(rows(world.db, "outbox WHERE kind LIKE 'alias.%'")).toBe(2 * moves.length);
  const rollouts = listRolloutsOfAlias(world.db, ON_PRODUCTION);
  expect(rollouts.filter((rollout) => rollout.endedAtMs === null).length).toBeLessThanOrEqual(1);
  for (const rollout of rollouts) {
    let walked: RolloutState = "draft";
    for (const { fromState, toState, event } of listTransitions(world.db, rollout.id)) {
      expect(fromState).toBe(walked);
      // The column holds the events that the state machine knows; any other leads nowhere.
      expect(nextState(walked, { type: event, to: toState } as RolloutEvent)).toBe(toState);
      walked = ROLLOUT_STATES.find((known) => known === toState) ?? walked;
    }
    expect(walked).toBe(rollout.state);
    const promotions = moves.filter((move) => move.rolloutId === rollout.id && move.cause === "promotion");
    expect(promotions).toHaveLength(rollout.state === "promoted" ? 1 : 0);
  }
  const outcomes = new Set(all.flatMap((one) => [...one.outcomes.keys()]));
  expect(outcomes).toContain("done");
  expect(outcomes).toContain("conflict");
});
