import { describe, expect, test } from "vitest";

import { pauseRollout } from "@/server/control/pause-rollout";
import { ControllerMemory } from "@/server/controller/controller-memory";
import { recordFingerprint } from "@/server/control/record-fingerprint";
import { registerRelease } from "@/server/control/register-release";
import { startRollout } from "@/server/control/start-rollout";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { runTick } from "@/server/controller/tick";
import { findAssignment } from "@/server/control/find-assignment";
import { subjectBucket } from "@/server/domain/rollout/assignment";
import { findAlias } from "@/server/store/control/aliases";
import { listAudit } from "@/server/store/control/audit";
import { findIncident } from "@/server/store/control/incidents";
import { APP, ON_PRODUCTION, person, rows, tellEverything, token } from "@/test/integration/control/fixtures";
import { newStage, NOON, type Stage } from "./harness";

const MINUTE = 60_000;
const STEPS = [{ canary: "50%", min_duration: "5m", min_requests: 200 }];

const slow = (share: number) => (index: number) => ((index * 61) % 100 < share * 100 ? { ttftUs: 1_500_000 } : {});
const failing = (share: number) => (index: number) =>
  (index * 61) % 100 < share * 100 ? { status: "error" as const } : {};

/** Both tracks at 5 requests a second for `minutes`. */
function serveBoth(
  stage: Stage,
  minutes: number,
  facts: { candidate?: Parameters<Stage["send"]>[0]["facts"]; control?: Parameters<Stage["send"]>[0]["facts"] } = {},
): void {
  const span = { fromMs: NOON, toMs: NOON + minutes * MINUTE, count: minutes * 300 };
  stage.send(
    {
      ...span,
      releaseId: stage.control,
      track: "control",
      ...(facts.control === undefined ? {} : { facts: facts.control }),
    },
    {
      ...span,
      releaseId: stage.candidate,
      track: "canary",
      ...(facts.candidate === undefined ? {} : { facts: facts.candidate }),
    },
  );
}

describe.each(["window", "confident"])("evidence: %s", (evidence) => {
  const policy = {
    evidence,
    settle: "30s",
    thresholds: {
      p95_ttft_ms: { max: 850, window: "1m", consecutive: 3, min_requests: 100, action: "rollback" },
      error_rate: { max: 0.05, window: "1m", min_requests: 100, action: "rollback" },
    },
    steps: STEPS,
  };

  test("a candidate that is too slow goes back: alias, rollout, incident, audit, in one piece", () => {
    const stage = newStage();
    stage.put(policy);
    const id = stage.start(NOON);
    serveBoth(stage, 6, { candidate: slow(0.2) });
    stage.run({ fromMs: NOON, toMs: NOON + 6 * MINUTE });
    const rollout = stage.rollout(id);
    expect(rollout.state).toBe("rolled_back");
    expect(stage.evaluation(id)).toMatchObject({ decision: "rollback", mode: evidence });
    expect(stage.evaluation(id).violations[0]?.message).toMatch(
      /^p95_ttft_ms=14\d\d.* exceeds max 850 over 1m$|^p95_ttft_ms=15\d\d.* exceeds max 850 over 1m$/,
    );
    expect(findAlias(stage.world.db, ON_PRODUCTION)?.releaseId).toBe(stage.control);
    const incident = findIncident(stage.world.db, rollout.incidentId ?? "");
    expect(incident).toMatchObject({ cause: "decision", status: "mitigated", releaseId: stage.candidate });
    expect(incident?.startedAtMs).toBe(NOON);
    expect(incident?.detectedAtMs).toBeLessThan(NOON + 4 * MINUTE);
  });

  test("a limit that only notifies tells people once, and the rollout goes on", () => {
    const stage = newStage();
    const { error_rate } = policy.thresholds;
    stage.put({ ...policy, thresholds: { error_rate: { ...error_rate, action: "notify" } } });
    tellEverything(stage.world);
    const id = stage.start(NOON);
    serveBoth(stage, 4, { candidate: failing(0.4) });
    stage.run({ fromMs: NOON, toMs: NOON + 4 * MINUTE });
    expect(stage.rollout(id)).toMatchObject({ state: "canary" });
    expect(stage.evaluation(id)).toMatchObject({
      decision: "continue",
      violations: [{ metric: "error_rate", action: "notify" }],
    });
    const told = stage.world.db.$client.prepare("SELECT kind FROM outbox WHERE kind = 'threshold.broken'").all();
    expect(told).toHaveLength(1);
  });

  test("a candidate that is as good as its control is promoted when its time and evidence are in", () => {
    const stage = newStage();
    stage.put(policy);
    const id = stage.start(NOON);
    serveBoth(stage, 20);
    stage.run({ fromMs: NOON, toMs: NOON + 20 * MINUTE });
    expect(stage.rollout(id).state).toBe("promoted");
    expect(findAlias(stage.world.db, ON_PRODUCTION)?.releaseId).toBe(stage.candidate);
  });

  test("without any traffic nothing is decided and the step waits", () => {
    const stage = newStage();
    stage.put(policy);
    const id = stage.start(NOON);
    stage.run({ fromMs: NOON, toMs: NOON + 10 * MINUTE });
    expect(stage.rollout(id).state).toBe("canary");
    const evaluation = stage.evaluation(id);
    expect(evaluation.decision).toBe("continue");
    expect(evaluation.findings.map((finding) => finding.verdict)).toEqual(["no_data", "no_data"]);
    expect(evaluation.waitingFor.map((entry) => entry.what)).toContain("requests");
  });

  test("evaluations are kept once per settled instant, however often the controller ticks", () => {
    const stage = newStage();
    stage.put(policy);
    stage.start(NOON);
    serveBoth(stage, 2);
    stage.run({ fromMs: NOON, toMs: NOON + 2 * MINUTE, everyMs: 1_000 });
    const often = rows(stage.world.db, "evaluations");
    expect(often).toBeLessThanOrEqual(12);
    stage.run({ fromMs: NOON + 2 * MINUTE - 1_000, toMs: NOON + 2 * MINUTE, everyMs: 100 });
    expect(rows(stage.world.db, "evaluations")).toBe(often);
  });
});

test("a paused rollout is still protected", () => {
  const stage = newStage();
  stage.put({
    thresholds: { error_rate: { max: 0.05, window: "1m", min_requests: 50, action: "rollback" } },
    steps: STEPS,
  });
  const id = stage.start(NOON);
  pauseRollout(stage.world.as(person("on_call"), NOON + 1_000), { rolloutId: id, reason: "looking" });
  serveBoth(stage, 6, { candidate: failing(0.3) });
  stage.run({ fromMs: NOON, toMs: NOON + 6 * MINUTE });
  expect(stage.rollout(id).state).toBe("rolled_back");
});

describe("evidence: confident", () => {
  const policy = {
    thresholds: { error_rate: { max: 0.05, window: "1m", min_requests: 50, action: "rollback" } },
    steps: STEPS,
  };

  test("an outage of both tracks pauses: going back would not help", () => {
    const stage = newStage();
    stage.put(policy);
    const id = stage.start(NOON);
    serveBoth(stage, 6, { candidate: failing(0.3), control: failing(0.3) });
    stage.run({ fromMs: NOON, toMs: NOON + 6 * MINUTE });
    expect(stage.rollout(id).state).toBe("paused");
    expect(stage.evaluation(id)).toMatchObject({ decision: "pause_for_review", pauseReason: "environment" });
    expect(stage.evaluation(id).findings[0]?.verdict).toBe("environment");
  });

  test("a regression in one region is found while the whole still passes", () => {
    const stage = newStage();
    stage.put({
      ...policy,
      segments: ["region"],
      thresholds: { error_rate: { max: 0.1, window: "1m", min_requests: 20, action: "rollback" } },
    });
    const id = stage.start(NOON);
    const regions = ["eu", "us-east", "us-west", "ap", "sa"];
    const region = (index: number) => ({ region: regions[index % 5] ?? "eu" });
    serveBoth(stage, 10, {
      control: region,
      candidate: (index) => ({
        ...region(index),
        ...(index % 5 === 2 && (index * 61) % 100 < 40 ? { status: "error" as const } : {}),
      }),
    });
    stage.run({ fromMs: NOON, toMs: NOON + 10 * MINUTE });
    expect(stage.rollout(id).state).toBe("rolled_back");
    const evaluation = stage.evaluation(id);
    expect(evaluation.violations.map((violation) => violation.segment)).toEqual(["region=us-west"]);
    expect(evaluation.findings.find((finding) => finding.segment === undefined)?.verdict).not.toBe("breach");
  });

  test("one broken tenant is suspicion, not a breach", () => {
    const stage = newStage();
    stage.put(policy);
    const id = stage.start(NOON);
    serveBoth(stage, 6, {
      candidate: (index) =>
        index % 4 === 0 ? { status: "error" as const, subject: Buffer.from("onetenant").subarray(0, 8) } : {},
    });
    stage.run({ fromMs: NOON, toMs: NOON + 6 * MINUTE });
    expect(stage.rollout(id).state).toBe("canary");
    expect(stage.evaluation(id).findings[0]).toMatchObject({ verdict: "watch" });
    expect(stage.evaluation(id).findings[0]?.detail).toContain("fewer than three subjects");
  });

  test("a restart forgets nothing and repeats nothing: the evidence is the same as without it", () => {
    const stages = { whole: newStage(), paused: newStage(), restarted: newStage(), forgetful: newStage() };
    const ids = Object.values(stages).map((stage) => {
      stage.put({ ...policy, segments: ["region"] });
      const id = stage.start(NOON);
      const region = (index: number) => ({ region: index % 3 === 0 ? "us" : "eu" });
      serveBoth(stage, 4, {
        candidate: (index) => ({ ...region(index), ...failing(0.06)(index) }),
        control: (index) => ({ ...region(index), ...failing(0.05)(index) }),
      });
      return id;
    });
    const { whole, paused, restarted, forgetful } = stages;
    whole.run({ fromMs: NOON, toMs: NOON + 4 * MINUTE });
    paused.run({ fromMs: NOON, toMs: NOON + MINUTE });
    paused.run({ fromMs: NOON + 3 * MINUTE, toMs: NOON + 4 * MINUTE });
    // Between two times of writing the evidence down, and more than once.
    for (const seconds of [95, 100, 145]) {
      restarted.run({ fromMs: seconds === 95 ? NOON : NOON + (seconds - 5) * 1_000, toMs: NOON + seconds * 1_000 });
      restarted.deps.memory = new ControllerMemory();
    }
    restarted.run({ fromMs: NOON + 145_000, toMs: NOON + 4 * MINUTE });
    for (let atMs = NOON; atMs < NOON + 4 * MINUTE; atMs += 10_000) {
      forgetful.run({ fromMs: atMs, toMs: atMs + 10_000 });
      forgetful.deps.memory = new ControllerMemory();
    }
    const [first, ...others] = Object.values(stages).map((stage, at) => stage.evaluation(ids[at] ?? "").findings);
    for (const findings of others) expect(findings).toEqual(first);
    expect(first?.[0]?.evidence?.log10).not.toBe(0);
  });

  test("evidence that another controller moved on meanwhile is read again", () => {
    const stage = newStage();
    stage.put(policy);
    const id = stage.start(NOON);
    serveBoth(stage, 4, { candidate: failing(0.06), control: failing(0.05) });
    stage.run({ fromMs: NOON, toMs: NOON + MINUTE });
    const mine = stage.deps.memory;
    stage.deps.memory = new ControllerMemory();
    stage.run({ fromMs: NOON + MINUTE, toMs: NOON + 2 * MINUTE });
    stage.deps.memory = mine;
    stage.run({ fromMs: NOON + 2 * MINUTE, toMs: NOON + 3 * MINUTE });
    const undisturbed = newStage();
    undisturbed.put(policy);
    const other = undisturbed.start(NOON);
    serveBoth(undisturbed, 4, { candidate: failing(0.06), control: failing(0.05) });
    undisturbed.run({ fromMs: NOON, toMs: NOON + 3 * MINUTE });
    expect(stage.evaluation(id).findings).toEqual(undisturbed.evaluation(other).findings);
  });
});

test("a second controller stands by while the first holds the lease, and takes over when it is gone", () => {
  const stage = newStage();
  expect(runTick(stage.deps, NOON).standby).toBe(false);
  const other = { ...stage.deps, holder: "other" };
  expect(runTick(other, NOON + 5_000).standby).toBe(true);
  expect(runTick(other, NOON + 60_000).standby).toBe(false);
});

test("after a rollback the failed release is followed until it serves no more", () => {
  const stage = newStage();
  stage.put({
    evidence: "window",
    settle: "5s",
    thresholds: { error_rate: { max: 0.05, window: "1m", min_requests: 50, action: "rollback" } },
    steps: STEPS,
  });
  const id = stage.start(NOON);
  serveBoth(stage, 2, { candidate: failing(0.5) });
  stage.run({ fromMs: NOON, toMs: NOON + 2 * MINUTE });
  const incidentId = stage.rollout(id).incidentId ?? "";
  expect(findIncident(stage.world.db, incidentId)?.drainedAtMs).toBeNull();
  stage.send({
    releaseId: stage.control,
    track: "control",
    count: 900,
    fromMs: NOON + 2 * MINUTE,
    toMs: NOON + 5 * MINUTE,
  });
  stage.run({ fromMs: NOON + 2 * MINUTE, toMs: NOON + 5 * MINUTE });
  const drainedAtMs = findIncident(stage.world.db, incidentId)?.drainedAtMs ?? 0;
  expect(drainedAtMs).toBeGreaterThanOrEqual(NOON + 2 * MINUTE - 1_000);
  expect(drainedAtMs).toBeLessThan(NOON + 2 * MINUTE);
});

test("a rollout at its gates goes on at the tick after what it waited for has come, by whatever way", () => {
  const stage = newStage();
  const { world } = stage;
  const ci = token(["ci"]);
  stage.put({ steps: STEPS, gates: { quality: { min: 0.5 } } });
  const components = { prompt: "support@2", model: "lora@1.9", feature_view: "releases@5" };
  const fingerprints = { releases: "ce667443" };
  const { releaseId } = registerRelease(world.as(ci), { application: APP, components, fingerprints });
  submitEvaluation(world.as(ci), { releaseId, suite: "golden", results: { quality: 0.9 } });
  const { id } = startRollout(world.as(ci, NOON), { ...ON_PRODUCTION, candidate: releaseId, policy: "test" });
  runTick(stage.deps, NOON + 5_000);
  expect(stage.rollout(id)).toMatchObject({ state: "gating", revision: 1 });
  const online = { application: APP, view: "releases", side: "online", fingerprint: "ce667443" } as const;
  recordFingerprint(world.as(ci, NOON + 6_000), online);
  runTick(stage.deps, NOON + 10_000);
  expect(stage.rollout(id)).toMatchObject({ state: "canary" });
});

test("an approval that nobody gives in its time ends the rollout, and what serves goes on serving", () => {
  const stage = newStage();
  stage.put({ steps: [{ canary: "10%", min_requests: 1 }, { approval: { expires: "1h" } }, { canary: "50%" }] });
  const id = stage.start(NOON);
  const arms = { count: 60, fromMs: NOON, toMs: NOON + MINUTE };
  stage.send(
    { releaseId: stage.control, track: "control", ...arms },
    { releaseId: stage.candidate, track: "canary", ...arms },
  );
  stage.run({ fromMs: NOON, toMs: NOON + 5 * MINUTE });
  const waiting = stage.rollout(id);
  expect(waiting).toMatchObject({ state: "paused", stepIndex: 1 });
  const expiresAtMs = waiting.stepStartedAtMs + 60 * MINUTE;
  const served = (): string => findAssignment(stage.world.db, { application: APP, subject: inBucket(3) }).releaseId;
  expect(served()).toBe(stage.candidate);
  runTick(stage.deps, expiresAtMs - 1);
  expect(stage.rollout(id)).toMatchObject({ state: "paused" });
  runTick(stage.deps, expiresAtMs);
  expect(stage.rollout(id)).toMatchObject({ state: "aborted", endedAtMs: expiresAtMs });
  expect(served()).toBe(stage.control);
  expect(listAudit(stage.world.db, { limit: 1 }).items[0]).toMatchObject({
    action: "rollout.approval_expired",
    actorKind: "controller",
    reason: "the approval expired after 1h: nobody let the candidate through, and what serves goes on",
  });
});

/** A subject of that bucket. */
function inBucket(bucket: number): string {
  for (let n = 0; ; n++) if (subjectBucket(`subject-${n}`) === bucket) return `subject-${n}`;
}
