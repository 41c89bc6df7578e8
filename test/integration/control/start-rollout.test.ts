import { describe, expect, it } from "vitest";
import { putPolicy } from "@/server/control/put-policy";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { recordComponents } from "@/server/control/record-components";
import { recordFingerprint } from "@/server/control/record-fingerprint";
import { registerRelease } from "@/server/control/register-release";
import { resumeRollout } from "@/server/control/resume-rollout";
import { approveRollout } from "@/server/control/approve-rollout";
import { startRollout, type StartRolloutInput } from "@/server/control/start-rollout";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { submitFeatureSet } from "@/server/control/submit-feature-set";
import { ReleaseId } from "@/server/domain/ids";
import { addReleaseMark } from "@/server/store/control/aliases";
import { listAudit } from "@/server/store/control/audit";
import { withTransaction } from "@/server/store/control/database";
import { findPolicy } from "@/server/store/control/policies";
import { findRollout, listTransitions } from "@/server/store/control/rollouts";
import { APP, BREACH, CONTROLLER, newWorld, ON_PRODUCTION, person, rows, T0, token, type World } from "./fixtures";

const manager = person("release_manager");
const ci = token(["ci"]);
const STEPS = [{ canary: "10%" }];

const start = (world: World, change: Partial<StartRolloutInput> = {}, actor = manager) =>
  startRollout(world.as(actor, T0 + 1), { ...ON_PRODUCTION, candidate: world.release(2), ...change });

function serving(): World {
  const world = newWorld();
  world.serve(world.release(1));
  return world;
}

describe("starting a rollout", () => {
  it("begins with the first step and remembers what serves beside it", () => {
    const world = serving();
    putPolicy(world.as(manager), { name: "careful", document: { steps: [{ shadow: "20%" }, ...STEPS] } });
    const started = start(world, { policy: "careful" });
    expect(started).toMatchObject({ state: "shadow", stepIndex: 0, policy: { name: "careful", version: 1 } });
    expect(findRollout(world.db, started.id)).toMatchObject({
      candidateId: world.release(2),
      controlId: world.release(1),
      startedByName: "release_manager",
      revision: 2,
    });
    expect(listTransitions(world.db, started.id).map((row) => [row.event, row.fromState, row.toState])).toEqual([
      ["start", "draft", "gating"],
      ["gates_passed", "gating", "shadow"],
    ]);
  });

  it("stores the built-in policy the first time nobody names one", () => {
    const world = serving();
    expect(start(world)).toMatchObject({ state: "canary", policy: { name: "default", version: 1 } });
    expect(findPolicy(world.db, { name: "default" })?.document).toMatchObject({
      thresholds: { error_rate: { max: 0.05, action: "rollback" } },
    });
  });

  it("takes the newest version of a policy, or the one that is named", () => {
    const world = serving();
    putPolicy(world.as(manager), { name: "p", document: { steps: STEPS } });
    putPolicy(world.as(manager), { name: "p", document: { steps: [{ canary: "20%" }] } });
    expect(start(world, { policy: "p@1" }).policy).toEqual({ name: "p", version: 1 });
    const other = newWorld(world.db);
    const rest = { alias: "staging" };
    expect(start(other, { policy: "p", ...rest }).policy).toEqual({ name: "p", version: 2 });
    expect(() => start(other, { policy: "p@3", alias: "other" })).toThrow(
      expect.objectContaining({ code: "not_found" }),
    );
  });

  it("may bring the first release of an alias in", () => {
    const world = newWorld();
    const started = start(world);
    expect(findRollout(world.db, started.id)).toMatchObject({ controlId: null, state: "canary" });
  });

  it.each<[string, (world: World) => unknown, string, RegExp]>([
    [
      "a second live rollout on the alias",
      (world) => [start(world), start(world, { candidate: world.release(3) })],
      "conflict",
      /rol_.*live on production/,
    ],
    ["what serves already", (world) => start(world, { candidate: world.release(1) }), "conflict", /already serves/],
    ["an unknown release", (world) => start(world, { candidate: "a0e277e29c" }), "not_found", /a0e277e29c/],
    ["an unknown policy", (world) => start(world, { policy: "careful" }), "not_found", /careful/],
  ])("refuses %s", (_, attempt, code, message) => {
    const world = serving();
    expect(() => attempt(world)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it("lets two aliases have rollouts of their own", () => {
    const world = serving();
    start(world);
    expect(start(world, { alias: "staging" }).state).toBe("canary");
  });

  it("refuses a quarantined candidate until a release manager clears the mark with a reason", () => {
    const world = serving();
    const { id } = start(world);
    recordEvaluation(world.as(CONTROLLER, T0 + 2), {
      rolloutId: id,
      atMs: T0 + 2,
      evaluation: BREACH,
      codeVersion: "test",
    });
    const refusal = expect.objectContaining({ code: "conflict", message: expect.stringContaining("inc_") });
    expect(() => start(world)).toThrow(refusal);
    expect(() => start(world, { clearMark: true })).toThrow(refusal);
    const cleared = { clearMark: true, reason: "the provider failed, not the release" };
    expect(() => start(world, cleared, ci)).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(start(world, cleared).state).toBe("canary");
    expect(rows(world.db, "release_marks")).toBe(2);
  });
});

describe("gates", () => {
  const document = { steps: STEPS, gates: { quality: { improve: true }, tokens: { max_increase: 0.15 } } };
  const submit = (world: World, n: number, results: Record<string, number>) =>
    submitEvaluation(world.as(ci, T0 + 2), { releaseId: world.release(n), suite: "golden", results });

  function gated(): World {
    const world = serving();
    putPolicy(world.as(manager), { name: "default", document });
    submit(world, 1, { quality: 0.84, tokens: 620 });
    return world;
  }

  it("keep a candidate without results waiting, then let it through", () => {
    const world = gated();
    const started = start(world);
    expect(started).toMatchObject({
      state: "gating",
      stepIndex: -1,
      reason: expect.stringContaining("waiting for evidence"),
    });
    expect(submit(world, 2, { quality: 0.87 }).rollouts).toEqual([]);
    expect(submit(world, 2, { tokens: 640 }).rollouts).toEqual([{ id: started.id, state: "canary" }]);
  });

  it("let it through at once where the results are in", () => {
    const world = gated();
    submit(world, 2, { quality: 0.87, tokens: 640 });
    expect(start(world)).toMatchObject({ state: "canary", reason: "all gates passed" });
  });

  it("reject a candidate that fails one, with the reason, and leave the alias free", () => {
    const world = gated();
    submit(world, 2, { quality: 0.87, tokens: 790 });
    const rejected = start(world);
    expect(rejected).toMatchObject({ state: "rejected", reason: expect.stringContaining("tokens") });
    expect(findRollout(world.db, rejected.id)?.endedAtMs).toBe(T0 + 1);
    submit(world, 3, { quality: 0.9, tokens: 600 });
    expect(start(world, { candidate: world.release(3) }).state).toBe("canary");
  });

  it("reject one that waits when the results come in bad", () => {
    const world = gated();
    const { id } = start(world);
    expect(submit(world, 2, { quality: 0.5, tokens: 640 }).rollouts).toEqual([{ id, state: "rejected" }]);
  });

  it("pause for a person when offline and online features differ, whatever the results say", () => {
    const world = gated();
    const candidate = withView(world, { fingerprints: { releases: "ce667443" } });
    submitEvaluation(world.as(ci), { releaseId: candidate, suite: "golden", results: { quality: 0.87, tokens: 640 } });
    const online = { application: APP, view: "releases", side: "online", fingerprint: "660645c4" } as const;
    expect(recordFingerprint(world.as(ci), online)).toMatchObject({ online: "660645c4", offline: null, equal: null });
    const { id, state, reason } = start(world, { candidate });
    expect({ state, reason }).toEqual({
      state: "paused",
      reason:
        "a person must decide: releases: offline ce667443, online 660645c4: what was evaluated is not what is served",
    });
    const other = person("release_manager", "reviewer");
    expect(resumeRollout(world.as(other), { rolloutId: id, reason: "check again" }).state).toBe("paused");
    expect(approveRollout(world.as(other), { rolloutId: id, reason: "known and harmless" }).state).toBe("canary");
  });
});

/** A release with the feature view `releases@5`. */
function withView(world: World, extra: object = {}): ReleaseId {
  const components = { prompt: "support@2", model: "lora@1.9", feature_view: "releases@5" };
  return ReleaseId.parse(registerRelease(world.as(ci), { application: APP, components, ...extra }).releaseId);
}

describe("the free checks come before any step, also under a policy without gates", () => {
  const view = { application: APP, view: "releases" } as const;
  const digest = (digit: string): object => ({ digests: { prompt: `sha256:${digit.repeat(64)}` } });

  it.each<[string, (world: World) => string, string, RegExp]>([
    [
      "a fingerprinted view that is no component",
      (world) => world.release(2, { fingerprints: { releases: "ce667443" } }),
      "rejected",
      /feature view releases was fingerprinted but is no component/,
    ],
    [
      "a version that had other content before",
      (world) => {
        const components = { prompt: "support@2", model: "lora@1.9" };
        registerRelease(world.as(ci), { application: APP, components, ...digest("a") });
        return registerRelease(world.as(ci), { application: APP, components, ...digest("b") }).releaseId;
      },
      "rejected",
      /prompt support@2 had another digest in release .*raise the version/,
    ],
    [
      "an evaluation that saw the future",
      (world) => {
        const row = { entity: "a", time: T0, features: { failures: { value: 1, timestamp: T0 + 1 } } };
        submitFeatureSet(world.as(ci), { ...view, rows: [row] });
        return withView(world);
      },
      "rejected",
      /1 values of suite .* are from after the event/,
    ],
    [
      "a version that the registry has not been seen to hold",
      (world) => {
        const known = { kind: "prompt", name: "support", version: "1", digest: null, uri: null };
        recordComponents(world.as(CONTROLLER), { application: APP, registry: "mlflow", components: [known] });
        return world.release(2);
      },
      "gating",
      /waiting for evidence: a registry does not hold prompt support@2 \(it knows 1\)/,
    ],
    [
      "fingerprints that differ",
      (world) => {
        recordFingerprint(world.as(ci), { ...view, side: "offline", fingerprint: "ce667443" });
        recordFingerprint(world.as(ci), { ...view, side: "online", fingerprint: "660645c4" });
        return withView(world);
      },
      "paused",
      /a person must decide: releases: offline ce667443, online 660645c4/,
    ],
    [
      "nothing that a rollback could restore",
      (world) => {
        const mark = { ...ON_PRODUCTION, releaseId: world.release(1), mark: "bad", atMs: T0 } as const;
        withTransaction(world.db, (tx) =>
          addReleaseMark(tx, { ...mark, reason: "it failed", incidentId: null, rolloutId: null }),
        );
        return world.release(2);
      },
      "paused",
      /a person must decide: production has no known good release/,
    ],
  ])("%s", (_, candidateOf, state, reason) => {
    const world = serving();
    const candidate = ReleaseId.parse(candidateOf(world));
    expect(start(world, { candidate })).toMatchObject({ state, reason: expect.stringMatching(reason) });
  });

  it("and let a sound candidate through, with what each of them saw in the audit", () => {
    const world = serving();
    const { state, reason } = start(world);
    expect({ state, reason }).toEqual({
      state: "canary",
      reason: "the policy has no gates, and no free check failed",
    });
    const entry = listAudit(world.db, { limit: 10 }).items.find(({ action }) => action === "rollout.started");
    const after = entry?.after as { gates: { tier: string; name: string }[] } | undefined;
    expect(after?.gates.map(({ tier, name }) => `${tier} ${name}`)).toEqual(
      ["manifest", "complete", "components", "digests", "quarantine", "rollback_target"].map((name) => `free ${name}`),
    );
  });

  it("and wait for a side that has not reported, unless the policy has no gates", () => {
    const world = serving();
    const candidate = withView(world, { fingerprints: { releases: "ce667443" } });
    submitEvaluation(world.as(ci), { releaseId: candidate, suite: "golden", results: { quality: 0.87 } });
    putPolicy(world.as(manager), { name: "gated", document: { steps: STEPS, gates: { quality: { min: 0.5 } } } });
    expect(start(world, { candidate, policy: "gated" })).toMatchObject({
      state: "gating",
      reason: "waiting for evidence: releases: online has not reported a fingerprint",
    });
    expect(start(world, { candidate, alias: "staging" }).state).toBe("canary");
  });
});
