/** Rollouts and rollbacks from the terminal, and replays of what a rollout served. */
import { describe, expect, it } from "vitest";
import { createToken } from "@/server/control/create-token";
import { pauseRollout } from "@/server/control/pause-rollout";
import { putPolicy } from "@/server/control/put-policy";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { startRollout } from "@/server/control/start-rollout";
import { PolicyName, ReleaseId } from "@/server/domain/ids";
import {
  APP,
  CONTROLLER,
  MINUTE_MS,
  ON_PRODUCTION,
  person,
  SYSTEM,
  T0,
  weakScore,
} from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";
import { runCommand } from "./run-command";
import { startStub } from "./stub-server";
import { file, terminal } from "./terminal";

describe("rollout and rollback", () => {
  async function stage() {
    const { api, run, ask } = await terminal({ role: "admin" });
    const [control, candidate] = [api.world.release(1), api.world.release(2)];
    api.world.serve(control);
    const started = await run(["rollout", "start", "--application", APP, "--candidate", candidate, "--json"]);
    const { id } = started.json()[0] as { id: string };
    return { api, run, ask, control, candidate, id };
  }

  it("starts a rollout, tells its state, and answers it", async () => {
    const { run, ask, id } = await stage();
    expect(await ask("rollout", "status", id)).toMatchObject({ id, state: "canary" });
    const told = await run(["rollout", "status", id]);
    expect(told.out).toMatch(new RegExp(`^${id} canary, step 1 of 1, decision continue\n.+`));
    expect(await ask("rollout", "abort", id, "--reason", "wrong one")).toMatchObject({ state: "aborted" });
    const again = await run(["rollout", "abort", id, "--reason", "wrong one"]);
    expect(again).toMatchObject({ code: 1, out: "" });
    expect(again.err).toContain("aborted");
    expect((await run(["rollout", "watch", id])).code).toBe(1);
  });

  it("says what a paused rollout waits for, and how to approve exactly that", async () => {
    const { api, run } = await terminal({ role: "release_manager" });
    const [control, candidate] = [api.world.release(1), api.world.release(2)];
    api.world.serve(control);
    putPolicy(api.world.as(person("admin")), {
      name: PolicyName.parse("plain"),
      document: { thresholds: { groundedness_score: { min: 0.82, window: "15m", action: "pause_for_review" } } },
    });
    const { id, revision } = startRollout(api.world.as(person("admin")), {
      ...ON_PRODUCTION,
      candidate: ReleaseId.parse(candidate),
      policy: "plain",
    });
    recordEvaluation(api.world.as(CONTROLLER, T0 + MINUTE_MS), {
      rolloutId: id,
      expectedRevision: revision,
      atMs: T0 + MINUTE_MS,
      evaluation: weakScore(),
      codeVersion: "test",
    });
    const { out } = await run(["rollout", "status", id]);
    expect(out).toContain("broken: groundedness_score=0.79 below min 0.82 over 15m (pause_for_review)");
    const hash = /--evidence ([0-9a-f]{64})/.exec(out)?.[1] ?? "";
    const extended = await run(["rollout", "extend", id]);
    expect(extended).toMatchObject({ code: 2, err: expect.stringContaining("--reason") });
    const approve = ["rollout", "approve", id, "--reason", "judge was down"];
    expect((await run([...approve, "--evidence", "0".repeat(64)])).code).toBe(1);
    const approved = await run([...approve, "--evidence", hash]);
    expect(approved).toMatchObject({ code: 0, err: "" });
    expect(approved.out).toContain(`${id} canary`);
  });

  it("extends a paused rollout: its step runs on", async () => {
    const { api, run, id } = await stage();
    pauseRollout(api.world.as(person("on_call"), T0 + MINUTE_MS), { rolloutId: id, reason: "look first" });
    const extended = await run(["rollout", "extend", id, "--reason", "too little traffic at night"]);
    expect(extended).toMatchObject({ code: 1, out: "" });
    // Whoever started it may not extend it either: that lifts a review.
    expect(extended.err).toContain("started this rollout");
    const { token } = createToken(api.world.as(SYSTEM), { name: "somebody else", role: "release_manager" });
    expect(await run(["rollout", "extend", id, "--reason", "night", "--token", token])).toMatchObject({ code: 0 });
  });

  it("rolls back, and says from where to where", async () => {
    const { api, run } = await terminal({ role: "on_call" });
    const [first, second] = [api.world.release(1), api.world.release(2)];
    api.world.serve(first, T0);
    api.world.serve(second, T0 + MINUTE_MS);
    api.clock.nowMs = T0 + 10 * MINUTE_MS;
    const back = ["rollback", APP, "--reason", "wrong estimates in us-west", "--to", first];
    const ran = await run(back);
    expect(ran.out).toMatch(
      new RegExp(`^deploy-assistant production: ${second} → ${first}, incident inc_\\w+, audit entry \\d+\n$`),
    );
    expect((await run([...back, "--alias", "staging"])).code).toBe(2);
    expect((await run(["rollback", APP])).err).toContain("required option '--reason <text>' not specified");
  });

  it("watches until the end, printing only what changed", async () => {
    const view = (state: string, endedAt: string | null) => ({
      body: {
        id: "rol_1",
        state,
        decision: "continue",
        sentence: `It is ${state}.`,
        endedAt,
        freshness: { asOf: "12:00" },
      },
    });
    const stub = await startStub(
      view("canary", null),
      view("canary", null),
      view("soak", null),
      view("promoted", "12:09"),
    );
    const pauses: number[] = [];
    const ran = await runCommand(["rollout", "watch", "rol_1", "--url", stub.url], {
      onPause: (ms) => pauses.push(ms),
    });
    expect(ran.code).toBe(0);
    expect(ran.out.split("\n")).toEqual([
      "12:00 canary, continue: It is canary.",
      "12:00 soak, continue: It is soak.",
      "12:00 promoted, continue: It is promoted.",
      "",
    ]);
    expect(pauses).toEqual([2_000, 2_000, 2_000]);
  });
});

describe("replay --rollout", () => {
  it("evaluates another policy on what a rollout's releases served", async () => {
    const { api, run } = await terminal({ role: "admin" });
    const [control, candidate] = [api.world.release(1), api.world.release(2)];
    api.world.serve(control);
    const start = ["rollout", "start", "--application", APP, "--candidate", candidate, "--json"];
    const { id } = (await run(start)).json()[0] as { id: string };
    for (let index = 0; index < 600; index++) {
      const timeMs = T0 + index * 1_000;
      const ttftMs = index < 300 ? 400 : 900;
      api.telemetry.add(
        request({ requestId: `a-${index}`, timeMs, releaseId: control, track: "control", ttftMs: 400 }),
        request({ requestId: `b-${index}`, timeMs, releaseId: candidate, track: "canary", ttftMs, region: "us-west" }),
      );
    }
    api.clock.nowMs = T0 + 11 * MINUTE_MS;
    const policy = file({
      evidence: "window",
      settle: "0s",
      thresholds: { p95_ttft_ms: { max: 850, window: "10s", action: "rollback" } },
    });
    const ran = await run(["replay", policy, "--rollout", id, "--json"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.json().at(-1)).toEqual({
      // Nothing comes any more in the last minute.
      final: "continue",
      firstRollbackAt: "2026-04-12T00:05:10.000Z",
      firstPauseAt: null,
      evaluations: 66,
      requests: 1_200,
    });
    const thresholds = { p95_ttft_ms: { max: 5_000, window: "10s", action: "rollback" } };
    const mild = file({ evidence: "window", thresholds });
    const both = await run(["replay", policy, "--against", mild, "--last", "1", "--application", APP, "--json"]);
    expect(both.json()).toMatchObject([
      {
        rollouts: [
          {
            rolloutId: id,
            truth: "unknown",
            replays: [
              { policy, outcome: "acted", detectionMs: 310_000, because: expect.stringContaining("p95_ttft_ms=9") },
              { policy: mild, outcome: "quiet", detectionMs: null },
            ],
          },
        ],
        scores: [{ policy }, { policy: mild }],
      },
    ]);
    const read = await run(["replay", mild, "--against", policy, "--rollout", id]);
    expect(read.out).toMatch(/^started +candidate +ended +/);
    expect(read.out).toContain("acted after 310s");
    const swapped = await run(["replay", policy, "--rollout", id, "--candidate", control]);
    expect(swapped).toMatchObject({ code: 2, err: expect.stringContaining("--candidate goes with --requests") });
  });

  it.each([
    [["replay", "p"], "say whose requests"],
    [["replay", "p", "--requests", "-", "--rollout", "rol_1"], "say whose requests"],
    [["replay", "p", "--requests", "-"], "--candidate RELEASE_ID is needed"],
  ])("%j says what is missing", async ([name = "", , ...flags], message) => {
    const ran = await runCommand([name, file({ thresholds: {} }), ...flags]);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
  });
});
