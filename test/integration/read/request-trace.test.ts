/** From a request to its explanation: the story of the region whose features are computed otherwise than evaluated. */
import { describe, expect, test } from "vitest";
import { DomainError } from "@/server/domain/errors";
import { traceRequest } from "@/server/read/request-trace";
import { RequestTraceView } from "@/server/read/request-trace-view";
import { withTransaction } from "@/server/store/control/database";
import { addApproval } from "@/server/store/control/evaluations";
import { addFingerprint } from "@/server/store/control/features";
import { addEvaluationResult } from "@/server/store/control/releases";
import { request } from "./fake-telemetry";
import { ANA, APP, CANDIDATE, FIRST, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

const STARTED_MS = NOW_MS - 2 * HOUR_MS;
/** From here on the western region is served from the other materialisation path. */
const SKEW_MS = NOW_MS - HOUR_MS;
const AFFECTED = "live-affected";

/** Two releases in a canary; the candidate fails in us-west since `SKEW_MS`. */
function story(candidateComponents: Record<string, string> = CANDIDATE) {
  const told = new Story();
  told.application(["region", "tenant_tier"]);
  told.policy();
  const first = told.release(FIRST, { author: "mira", atMs: NOW_MS - 85 * HOUR_MS });
  const good = told.release(GOOD, { author: "jonas", atMs: NOW_MS - 75 * HOUR_MS });
  const candidate = told.release(candidateComponents, {
    author: "priya",
    commit: "9f3c2a1",
    title: "add recent failure count",
    fingerprints: { releases: "ce667443" },
  });
  told.move(first, { atMs: NOW_MS - 80 * HOUR_MS });
  told.move(good, { atMs: NOW_MS - 70 * HOUR_MS });
  const rolloutId = told.rollout(candidate, { controlId: good, startedAtMs: STARTED_MS });
  const regions = ["us-east", "us-west", "eu-west"];
  told.traffic({
    releaseId: good,
    fromMs: STARTED_MS,
    toMs: NOW_MS,
    everyMs: 2_000,
    regions,
    fail: (_, index) => index % 50 === 0,
  });
  told.traffic({
    releaseId: candidate,
    track: "canary",
    fromMs: STARTED_MS,
    toMs: SKEW_MS,
    everyMs: 15_000,
    regions,
  });
  told.traffic({
    releaseId: candidate,
    track: "canary",
    fromMs: SKEW_MS,
    toMs: NOW_MS,
    everyMs: 15_000,
    regions,
    fail: (region, index) => region === "us-west" && index % 2 === 0,
  });
  told.telemetry.add(
    request({
      requestId: AFFECTED,
      timeMs: NOW_MS - 10 * MINUTE_MS,
      releaseId: candidate,
      track: "canary",
      region: "us-west",
      segments: { tenant_tier: "team" },
      taskCompleted: false,
      features: [{ view: "releases", name: "recent_failures", value: 7, timestampMs: NOW_MS - 40 * MINUTE_MS }],
      featureFingerprint: "660645c4",
    }),
  );
  return { told, first, good, candidate, rolloutId };
}

function trace(told: Story, requestId: string = AFFECTED) {
  const view = traceRequest(told.deps(), { requestId });
  expect(() => RequestTraceView.parse(view)).not.toThrow();
  return view;
}

describe("the trace of a request", () => {
  test("an unknown request is not found", () => {
    expect(() => traceRequest(new Story().deps(), { requestId: "nobody" })).toThrow(DomainError);
  });

  test("reads out what served it, what had changed, what went wrong and what was not as evaluated", () => {
    const { told, good, candidate } = story();
    expect(trace(told).sentence).toBe(
      `Served by ${candidate} (10 % canary on production) in region=us-west, tenant_tier=team at 03:50:00 UTC; it differs ` +
        `from the last known good ${good} only in feature_view releases@4 → releases@5. It did not complete the task. ` +
        "Feature view releases was evaluated with fingerprint ce667443 and is served with 660645c4.",
    );
  });

  test("carries manifest, provenance, features, alias move and rollout", () => {
    const { told, good, candidate, rolloutId } = story();
    const view = trace(told);
    expect(view.release).toMatchObject({
      ref: { releaseId: candidate, author: "priya", gitCommit: "9f3c2a1", label: "add recent failure count" },
      components: CANDIDATE,
      fingerprints: { releases: "ce667443" },
    });
    expect(view.request.features).toEqual([
      { view: "releases", name: "recent_failures", value: 7, timestamp: NOW_MS - 40 * MINUTE_MS },
    ]);
    expect(view.aliasMove).toMatchObject({ toReleaseId: good, revision: 2 });
    expect(view.rollout?.id).toBe(rolloutId);
    expect(view.changedSinceKnownGood?.knownGood.releaseId).toBe(good);
    expect(view.parity).toEqual([{ view: "releases", offline: "ce667443", online: "660645c4", equal: false }]);
  });

  test("ranks the feature view first, with its reasons and their counts", () => {
    const { told, good } = story({ ...CANDIDATE, prompt: "deploy-answer@2.9", judge: "groundedness-judge@1.5" });
    const { suspects } = trace(told);
    expect(suspects.map(({ change }) => change.kind)).toEqual(["feature_view", "prompt", "judge"]);
    const [parity, concentration, onset] = suspects[0]?.reasons ?? [];
    expect(parity).toBe(
      "Offline and online differ: feature view releases was evaluated with fingerprint ce667443 and is served with 660645c4.",
    );
    expect(concentration).toBe(
      "In region=us-west, 41 of 94 (44 %) did not complete the task, elsewhere 0 of 187 (0 %); the last known good release " +
        "in the same segment at the same time: 14 of 700 (2.0 %).",
    );
    expect(onset).toBe(
      "The first bad 10 minutes began at 03:00:00 UTC, 1 h after the release began to serve: 6 of 40 (15 %) did not complete the task.",
    );
    expect(suspects[1]?.reasons).toEqual([onset]);
    expect(suspects[2]?.reasons).toContain("Scores given before and after a change of judge cannot be compared.");
    expect(suspects[0]?.reasons.join(" ")).not.toContain(good);
  });

  test("says when one component is all that differs", () => {
    const { told } = story();
    expect(trace(told).suspects[0]?.reasons).toContain(
      "The only component that differs from the last known good release.",
    );
  });

  test("counts the neighbours it hit, and links to them", () => {
    const { told, candidate } = story();
    const { neighbours } = trace(told);
    expect(neighbours.count).toBe(53);
    expect(neighbours.failing).toBe(27);
    expect(neighbours.items).toHaveLength(20);
    expect(neighbours.items.every(({ region, releaseId }) => region === "us-west" && releaseId === candidate)).toBe(
      true,
    );
    expect(neighbours.items.every(({ taskCompleted }) => taskCompleted === false)).toBe(true);
    expect(neighbours.items.map(({ requestId }) => requestId)).not.toContain(AFFECTED);
    expect(neighbours.href).toBe(
      `/p/${APP}/requests?releaseId=${candidate}&segment=region%3Dus-west&from=2026-04-12T03%3A20%3A00.000Z&to=2026-04-12T04%3A20%3A00.000Z`,
    );
  });

  test("known good is what it was before the request, whatever happened later", () => {
    const { told, first, good } = story();
    told.telemetry.add(request({ requestId: "old", timeMs: NOW_MS - 3 * HOUR_MS, releaseId: good, region: "us-east" }));
    const view = trace(told, "old");
    expect(view.changedSinceKnownGood?.knownGood.releaseId).toBe(first);
    expect(view.sentence).toContain(
      `Served by ${good} (production) in region=us-east at 01:00:00 UTC; it differs from`,
    );
    expect(view.changedSinceKnownGood?.changes).toEqual([
      { kind: "prompt", from: "deploy-answer@2.7", to: "deploy-answer@2.8" },
    ]);
  });

  test("shows gates against the baseline and who approved", () => {
    const { told, good, candidate, rolloutId } = story();
    withTransaction(told.control, (tx) => {
      const result = { application: APP, suite: "golden-set", format: "switchback", report: null, submittedBy: "ci" };
      addEvaluationResult(tx, {
        ...result,
        releaseId: good,
        results: { quality: 0.86, tokens: 818 },
        atMs: NOW_MS - 70 * HOUR_MS,
      });
      addEvaluationResult(tx, {
        ...result,
        releaseId: candidate,
        results: { quality: 0.8 },
        atMs: NOW_MS - 4 * HOUR_MS,
      });
      addEvaluationResult(tx, {
        ...result,
        releaseId: candidate,
        results: { quality: 0.88, tokens: 804 },
        atMs: NOW_MS - 3 * HOUR_MS,
      });
      addApproval(tx, {
        rolloutId,
        stepIndex: 0,
        verdict: "approve",
        actor: ANA,
        atMs: STARTED_MS,
        reason: "parity is a false alarm",
        evidenceHash: "x",
        auditSeq: 3,
      });
    });
    const view = trace(told);
    expect(view.gates).toEqual([
      { suite: "golden-set", at: NOW_MS - 3 * HOUR_MS, name: "quality", value: 0.88, baseline: 0.86, passed: true },
      { suite: "golden-set", at: NOW_MS - 3 * HOUR_MS, name: "tokens", value: 804, baseline: 818, passed: null },
    ]);
    expect(view.approvals).toMatchObject([
      { by: { label: "Ana" }, verdict: "approve", reason: "parity is a false alarm" },
    ]);
  });

  test("without a fingerprint of its own, the newest report of its time counts", () => {
    const { told, candidate } = story();
    withTransaction(told.control, (tx) => {
      const report = { application: APP, view: "releases", side: "online" as const, config: {}, submittedBy: "gw" };
      addFingerprint(tx, { ...report, fingerprint: "ce667443", atMs: NOW_MS - 30 * MINUTE_MS });
      addFingerprint(tx, { ...report, fingerprint: "660645c4", atMs: NOW_MS - 5 * MINUTE_MS });
    });
    told.telemetry.add(
      request({ requestId: "plain", timeMs: NOW_MS - 20 * MINUTE_MS, releaseId: candidate, track: "canary" }),
    );
    expect(trace(told, "plain").parity).toEqual([
      { view: "releases", offline: "ce667443", online: "ce667443", equal: true },
    ]);
  });

  test("an unknown release says what it can have been", () => {
    const { told, good, candidate } = story();
    told.telemetry.add(request({ requestId: "anonymous", timeMs: NOW_MS - MINUTE_MS }));
    const view = trace(told, "anonymous");
    expect(view.sentence).toBe(
      `Served by an unknown release: the gateway sent no release id (production pointed at ${good}, ${candidate} was a ` +
        "candidate for production), at 03:59:00 UTC.",
    );
    expect(view).toMatchObject({
      release: null,
      changedSinceKnownGood: null,
      suspects: [],
      parity: [],
      gates: [],
      rollout: null,
    });
  });

  test("a release that nobody registered is said to be so", () => {
    const { told } = story();
    told.telemetry.add(
      request({
        requestId: "stranger",
        timeMs: NOW_MS - MINUTE_MS,
        releaseId: "ffffffffff",
        status: "error",
        errorType: "timeout",
      }),
    );
    const view = trace(told, "stranger");
    expect(view.sentence).toBe(
      "Served by ffffffffff (production) at 03:59:00 UTC; nobody has registered this release. It failed with timeout.",
    );
    expect(view.release).toBeNull();
  });

  test("a shadow names what it copies, and the two find each other", () => {
    const { told, good, candidate } = story();
    told.telemetry.add(
      request({ requestId: "seen", timeMs: NOW_MS - MINUTE_MS, releaseId: good }),
      request({
        requestId: "copy",
        timeMs: NOW_MS - MINUTE_MS,
        releaseId: candidate,
        track: "shadow",
        shadowOf: "seen",
      }),
    );
    expect(trace(told, "copy").sentence).toMatch(
      new RegExp(`^Answered by ${candidate} as a shadow of seen, seen by no user, at 03:59:00 UTC`),
    );
    expect(trace(told, "copy").counterpart?.requestId).toBe("seen");
    expect(trace(told, "seen").counterpart?.requestId).toBe("copy");
  });
});
