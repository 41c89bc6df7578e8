import { describe, expect, test } from "vitest";
import { policyOf } from "@/server/control/rollout-core";
import { replayRollout } from "@/server/controller/replay-rollout";
import { PolicyName } from "@/server/domain/ids";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { findRollout } from "@/server/store/control/rollouts";
import { newStage, NOON, type Stage } from "./harness";

const MINUTE = 60_000;
const BUDGET = { budgetMs: 60_000 };
const failing = (share: number) => (index: number) =>
  (index * 61) % 100 < share * 100 ? { status: "error" as const } : {};

const limit = (max: number, evidence: string): Record<string, unknown> => ({
  evidence,
  thresholds: { error_rate: { max, window: "1m", consecutive: 2, min_requests: 50, action: "rollback" } },
  steps: [{ canary: "50%", min_duration: "1h" }],
});
const policy = (max: number, evidence: string): Policy => parsePolicy(limit(max, evidence), PolicyName.parse("other"));

/** A rollout under a 5 % limit, whose candidate begins to fail on every fifth request after six minutes. */
function badRollout(evidence: string): { stage: Stage; id: string } {
  const stage = newStage();
  stage.put(limit(0.05, evidence));
  const id = stage.start(NOON);
  const minutes = 14;
  const span = { fromMs: NOON, toMs: NOON + minutes * MINUTE, count: minutes * 120 };
  const facts = (index: number) => (index >= 720 ? failing(0.2)(index) : {});
  stage.send(
    { ...span, releaseId: stage.control, track: "control" },
    { ...span, releaseId: stage.candidate, track: "canary", facts },
  );
  stage.run({ fromMs: NOON, toMs: NOON + minutes * MINUTE });
  return { stage, id };
}

describe.each(["confident", "window"])("a rollout that was rolled back, evidence: %s", (evidence) => {
  test("is decided by a replay as the controller decided it", async () => {
    const { stage, id } = badRollout(evidence);
    const rollout = stage.rollout(id);
    expect(rollout.state).toBe("rolled_back");
    const deps = { ...stage.deps, nowMs: NOON + 20 * MINUTE };
    const replay = await replayRollout(deps, { rollout, policy: policyOf(stage.world.db, rollout), ...BUDGET });
    const rolledBackMs = rollout.endedAtMs ?? 0;
    expect(replay.firstRollbackMs).toBeGreaterThan(rolledBackMs - 10_000);
    expect(replay.firstRollbackMs).toBeLessThanOrEqual(rolledBackMs + 10_000);
    expect(replay.changes.map(({ decision }) => decision)).toContain("rollback");
    expect(replay.changes.at(-1)?.violations[0]?.message).toContain("error_rate=");
    expect(replay.replayedToMs).toBe(replay.untilMs);
    const again = await replayRollout(deps, { rollout, policy: policyOf(stage.world.db, rollout), ...BUDGET });
    expect(again).toEqual(replay);
  });

  test("is missed by a policy that allows it, and found sooner by a stricter one", async () => {
    const { stage, id } = badRollout(evidence);
    const rollout = stage.rollout(id);
    const deps = { ...stage.deps, nowMs: NOON + 20 * MINUTE };
    const lax = await replayRollout(deps, { rollout, policy: policy(0.5, evidence), ...BUDGET });
    expect([lax.firstRollbackMs, lax.final]).toEqual([null, "continue"]);
    const own = await replayRollout(deps, { rollout, policy: policy(0.05, evidence), ...BUDGET });
    const strict = await replayRollout(deps, { rollout, policy: policy(0.01, evidence), ...BUDGET });
    expect(strict.firstRollbackMs ?? Infinity).toBeLessThanOrEqual(own.firstRollbackMs ?? 0);
  });
});

describe("a replay", () => {
  test("stops where its time is up, and says how far it came", async () => {
    const { stage, id } = badRollout("confident");
    const rollout = stage.rollout(id);
    const deps = { ...stage.deps, nowMs: NOON + 20 * MINUTE };
    const replay = await replayRollout(deps, { rollout, policy: policy(0.05, "confident"), budgetMs: 0 });
    expect(replay.evaluations).toBe(1);
    expect(replay.replayedToMs).toBeLessThan(replay.untilMs);
  });

  test("ends when whoever asked has gone", async () => {
    const { stage, id } = badRollout("confident");
    const rollout = stage.rollout(id);
    const deps = { ...stage.deps, nowMs: NOON + 365 * 86_400_000 };
    const lasting = { ...rollout, endedAtMs: null };
    const gone = AbortSignal.abort();
    await expect(
      replayRollout(deps, { rollout: lasting, policy: policy(0.05, "confident"), signal: gone, ...BUDGET }),
    ).rejects.toThrow(/abort/i);
  });

  test("of a rollout that lives looks as far as there is data", async () => {
    const stage = newStage();
    stage.put(limit(0.05, "confident"));
    const id = stage.start(NOON);
    const row = findRollout(stage.world.db, id);
    if (row === undefined) throw new Error("the rollout was not started");
    const deps = { ...stage.deps, nowMs: NOON + 5 * MINUTE };
    const replay = await replayRollout(deps, { rollout: row, policy: policy(0.05, "confident"), ...BUDGET });
    expect(replay).toMatchObject({ final: "continue", firstRollbackMs: null, untilMs: NOON + 5 * MINUTE });
  });
});
