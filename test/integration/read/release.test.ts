/** Releases: the list, one manifest, the difference of two. */
import { describe, expect, test } from "vitest";
import { registerRelease } from "@/server/control/register-release";
import { rollback } from "@/server/control/rollback";
import { DomainError } from "@/server/domain/errors";
import { readReleaseDiff } from "@/server/read/release-diff";
import { listReleaseItems } from "@/server/read/release-list";
import { readRelease } from "@/server/read/release-manifest";
import { ReleaseDiffView, ReleaseListView, ReleaseManifestView } from "@/server/read/release-view";
import { withTransaction } from "@/server/store/control/database";
import { addEvaluationResult } from "@/server/store/control/releases";
import { request } from "./fake-telemetry";
import { APP, CANDIDATE, FIRST, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

/** First, good (serving) and a candidate on its way. */
function three() {
  const story = new Story();
  story.application();
  story.policy();
  const first = story.release(FIRST, { author: "mira", atMs: NOW_MS - 80 * HOUR_MS });
  const good = story.release(GOOD, { author: "jonas", atMs: NOW_MS - 70 * HOUR_MS });
  const candidate = story.release(CANDIDATE, {
    author: "priya",
    atMs: NOW_MS - 2 * HOUR_MS,
    fingerprints: { releases: "ce667443" },
  });
  story.move(first, { atMs: NOW_MS - 78 * HOUR_MS });
  story.move(good, { atMs: NOW_MS - 68 * HOUR_MS });
  const rolloutId = story.rollout(candidate, { controlId: good, startedAtMs: NOW_MS - HOUR_MS });
  story.traffic({ releaseId: good, fromMs: NOW_MS - 10 * MINUTE_MS, toMs: NOW_MS, everyMs: 1_000 });
  return { story, first, good, candidate, rolloutId };
}

function list(story: Story, given: { limit?: number; cursor?: string } = {}, nowMs: number = NOW_MS) {
  const view = listReleaseItems(story.deps(nowMs), { application: APP, limit: 50, ...given });
  expect(() => ReleaseListView.parse(view)).not.toThrow();
  return view;
}

function manifest(story: Story, releaseId: string, nowMs: number = NOW_MS) {
  const view = readRelease(story.deps(nowMs), { releaseId });
  expect(() => ReleaseManifestView.parse(view)).not.toThrow();
  return view;
}

describe("the list of releases", () => {
  test("newest first, each with its change, state, aliases and traffic", () => {
    const { story, first, good, candidate } = three();
    const view = list(story);
    expect(
      view.items.map(({ release, state, aliases, requests24h }) => [release.releaseId, state, aliases, requests24h]),
    ).toEqual([
      [candidate, "in_flight", [], 0],
      [good, "serving", ["production"], 600],
      [first, "registered", [], 0],
    ]);
    expect(view.items[0]?.changes).toEqual([{ kind: "feature_view", from: "releases@4", to: "releases@5" }]);
    expect(view.items[2]?.changes).toEqual([]);
    expect(view.sentence).toBe(`production serves ${good}; ${candidate} is on the way.`);
  });

  test("pages compare the last row with the one on the next page", () => {
    const { story, good } = three();
    const page = list(story, { limit: 1 });
    expect(page.items[0]?.changes).toHaveLength(1);
    expect(list(story, { limit: 1, cursor: page.nextCursor ?? "" }).items[0]?.release.releaseId).toBe(good);
  });

  test("the same components registered again fold into one row", () => {
    const { story, candidate } = three();
    registerRelease(story.context(), { application: APP, components: CANDIDATE, author: "ci" });
    const row = list(story).items.find(({ release }) => release.releaseId === candidate);
    expect(row).toMatchObject({ registrations: 2, release: { author: "priya" } });
  });

  test("a release that was rolled back says so", () => {
    const { story, candidate } = three();
    rollback(story.context(), { application: APP, reason: "us-west is off" });
    const row = list(story, {}, NOW_MS + MINUTE_MS).items.find(({ release }) => release.releaseId === candidate);
    expect(row?.state).toBe("rolled_back");
  });

  test("releases seen in traffic that nobody registered are loud", () => {
    const { story } = three();
    story.telemetry.add(
      ...[1, 2, 3].map((n) => request({ requestId: `s${n}`, timeMs: NOW_MS - n, releaseId: "ffffffffff" })),
    );
    const view = list(story);
    expect(view.unregistered).toEqual([{ releaseId: "ffffffffff", requests24h: 3 }]);
    expect(view.sentence).toBe(
      "3 requests of the last 24 h came from release ffffffffff, which nobody has registered.",
    );
  });

  test("is empty with the reason, and refuses an unknown application", () => {
    const story = new Story();
    story.application();
    expect(list(story)).toMatchObject({ items: [], sentence: `No release of ${APP} is registered yet.` });
    expect(() => listReleaseItems(story.deps(), { application: "nowhere", limit: 1 })).toThrow(DomainError);
  });
});

describe("a manifest", () => {
  test("carries components, provenance, fingerprints, gates and rollouts", () => {
    const { story, good, candidate, rolloutId } = three();
    withTransaction(story.control, (tx) => {
      const run = { application: APP, suite: "golden-set", format: "switchback", report: null, submittedBy: "ci" };
      const at = { ...run, atMs: NOW_MS - HOUR_MS };
      addEvaluationResult(tx, { ...at, releaseId: candidate, results: { quality: 0.88 } });
      addEvaluationResult(tx, { ...at, releaseId: good, results: { quality: 0.86 } });
    });
    const view = manifest(story, candidate);
    expect(view).toMatchObject({
      application: APP,
      components: CANDIDATE,
      state: "in_flight",
      fingerprints: { releases: "ce667443" },
      gates: [{ suite: "golden-set", at: NOW_MS - HOUR_MS, results: { quality: 0.88 } }],
      gateChecks: [{ suite: "golden-set", name: "quality", value: 0.88, baseline: 0.86, passed: true }],
      bad: null,
    });
    expect(view.provenance).toMatchObject([
      { registeredBy: "ci", author: "priya", registeredAt: NOW_MS - 2 * HOUR_MS },
    ]);
    expect(view.rollouts.map(({ id }) => id)).toEqual([rolloutId]);
    expect(view.changesFromKnownGood?.knownGood.releaseId).toBe(good);
    expect(view.sentence).toBe(
      `Release ${candidate} is on its way to production; it differs from the last known good ${good} in feature_view releases@4 → releases@5.`,
    );
    expect(view.digest.slice(0, 10)).toBe(candidate);
  });

  test("a bad mark is told with its reason and incident", () => {
    const { story, candidate } = three();
    const { incidentId } = rollback(story.context(), { application: APP, reason: "us-west is off by a day" });
    const view = manifest(story, candidate, NOW_MS + MINUTE_MS);
    expect(view.bad).toEqual({ at: NOW_MS, reason: "us-west is off by a day", incidentId });
    expect(view.sentence).toContain(
      "was rolled back; a rollback marked it bad at 04:00:00 UTC: us-west is off by a day; it differs",
    );
  });

  test("one id in two applications needs the application, and says which", () => {
    const { story, good } = three();
    registerRelease(story.context(), { application: "other-app", components: GOOD });
    expect(() => readRelease(story.deps(), { releaseId: good })).toThrow(
      `release ${good} is registered in ${APP}, other-app: say which with application`,
    );
    expect(readRelease(story.deps(), { releaseId: good, application: "other-app" }).aliases).toEqual([]);
  });

  test("an unknown release is not found, nor is one of another application", () => {
    const { story, good } = three();
    expect(() => readRelease(story.deps(), { releaseId: "ffffffffff" })).toThrow(DomainError);
    expect(() => readRelease(story.deps(), { releaseId: good, application: "other-app" })).toThrow(DomainError);
  });
});

describe("a difference", () => {
  test("lists added, removed, changed and unchanged, and says it in one sentence", () => {
    const { story, good } = three();
    const { judge: _, ...rest } = GOOD;
    const other = story.release({ ...rest, prompt: "deploy-answer@3.0", guardrail: "safe-output@2.0" });
    const view = readReleaseDiff(story.deps(), { releaseId: good, otherId: other });
    expect(() => ReleaseDiffView.parse(view)).not.toThrow();
    expect(view).toMatchObject({
      from: good,
      to: other,
      added: [{ kind: "guardrail", to: "safe-output@2.0" }],
      removed: [{ kind: "judge", from: "groundedness-judge@1.4" }],
      changed: [{ kind: "prompt", from: "deploy-answer@2.8", to: "deploy-answer@3.0" }],
    });
    expect(view.unchanged.map(({ kind }) => kind)).toEqual(["adapter", "feature_view", "model"]);
    expect(view.sentence).toBe(
      `From ${good} to ${other}: prompt deploy-answer@2.8 → deploy-answer@3.0; guardrail safe-output@2.0 added; judge groundedness-judge@1.4 removed.`,
    );
    expect(readReleaseDiff(story.deps(), { releaseId: good, otherId: good }).sentence).toBe(
      `${good} and ${good} have the same components.`,
    );
    expect(() => readReleaseDiff(story.deps(), { releaseId: good, otherId: "ffffffffff" })).toThrow(
      "there is no release ffffffffff",
    );
  });
});
