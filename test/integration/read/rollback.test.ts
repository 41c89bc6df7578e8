/** Before the click: what would happen. After it: what really did, from ledger, telemetry and outbox. */
import { describe, expect, test } from "vitest";
import { DomainError } from "@/server/domain/errors";
import { moveAlias } from "@/server/control/move-alias";
import { rollback } from "@/server/control/rollback";
import { readRollbackPreview } from "@/server/read/rollback-preview";
import { readRollbackProgress } from "@/server/read/rollback-progress";
import { withTransaction } from "@/server/store/control/database";
import { addIncident, writeIncident } from "@/server/store/control/incidents";
import { APP, FIRST, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";
import { canary, preview, progress, rolledBack, settled } from "./rollback-stage";

const SECOND_MS = 1_000;

describe("the preview of a rollback", () => {
  test("goes from the candidate that users see to the release beside it", () => {
    const { story, first, good, candidate, rolloutId } = canary();
    story.evaluation(rolloutId, {
      atMs: NOW_MS,
      decision: "rollback",
      detail: {
        violations: [
          {
            metric: "task_completion_rate",
            action: "rollback",
            observed: 0.8,
            threshold: 0.91,
            window: "5m",
            message: "task_completion_rate=0.8 below min 0.91 over 5m",
          },
        ],
      },
    });
    const view = preview(story);
    expect([view.from.releaseId, view.target?.release.releaseId, view.revision]).toEqual([candidate, good, 2]);
    expect(view.target?.why).toBe("It serves production beside the candidate since 2026-04-09 00:00:00 UTC.");
    expect(view.target?.changes).toEqual([
      { kind: "feature_view", from: "releases@5", to: "releases@4" },
      { kind: "judge", from: "groundedness-judge@1.5", to: "groundedness-judge@1.4" },
    ]);
    expect(view.target?.readiness.map(({ name, ok }) => [name, ok])).toEqual([
      ["manifest complete", true],
      ["served recently", true],
      ["feature parity", null],
      ["not marked bad", true],
    ]);
    expect(view.target?.readiness[2]?.detail).toBe(
      "0 of 1 feature view equal offline and online; not known of releases: a side has never reported",
    );
    expect(view.target?.lastServedAt).toBe(NOW_MS - SECOND_MS);
    expect(view.alternatives.map(({ release, eligible, reason }) => [release.releaseId, eligible, reason])).toEqual([
      [first, true, "held production for 9 d 8 h"],
    ]);
    expect(view.suggestedReason).toBe("task completion rate is 80 %, below the limit of 91 % over 5m");
    expect(view.superseded).toBeNull();
  });

  test("counts whom it touches, each number from telemetry", () => {
    const { story, candidate, rolloutId } = canary();
    const { blastRadius } = preview(story);
    expect(blastRadius.requestsPerMinute).toBeCloseTo(32 / 5, 5);
    expect(blastRadius.share).toBeCloseTo(32 / (32 + 290), 5);
    expect(blastRadius.subjects).toBe(40);
    expect(blastRadius.regions).toEqual([
      { region: "us-west", count: 266 },
      { region: "us-east", count: 132 },
    ]);
    expect(blastRadius.rolloutsThatEnd).toEqual([{ id: rolloutId, candidate, state: "canary", approvals: 0 }]);
  });

  test("says what it does not undo: from the diff first, then what is always so", () => {
    const { willNotUndo } = preview(canary().story);
    expect(willNotUndo[0]).toBe(
      "feature_view releases@5 → releases@4: feature values materialised for the newer view stay in the online store until they are overwritten.",
    );
    expect(willNotUndo[1]).toMatch(
      /^judge groundedness-judge@1\.5 → groundedness-judge@1\.4: scores given before and after are not comparable/,
    );
    expect(willNotUndo.slice(2)).toHaveLength(2);
  });

  test("without traffic, numbers are null and not zero", () => {
    const { story, good, first } = settled();
    const view = preview(story);
    expect([view.from.releaseId, view.target?.release.releaseId]).toEqual([good, first]);
    expect(view.target?.why).toBe("The last release known to be good on production; it held production for 9 d 8 h.");
    expect(view.blastRadius).toMatchObject({ requestsPerMinute: null, share: null, rolloutsThatEnd: [] });
    expect(view.target?.readiness[1]).toMatchObject({
      name: "served recently",
      ok: false,
      detail: "last answer 2026-04-09 00:00:00 UTC, 3 d 4 h ago",
    });
  });

  test("says why there is no target", () => {
    const story = new Story();
    story.application();
    const only = story.release(FIRST);
    story.move(only, { atMs: NOW_MS - HOUR_MS });
    const view = preview(story);
    expect(view.target).toBeNull();
    expect(view.targetMissingReason).toBe(
      `No release of ${APP} is known good on production before ${only}: choose one by name.`,
    );
    expect(view.willNotUndo).toHaveLength(2);
  });

  test("a release that a rollback marked cannot be chosen, and says why", () => {
    const { story, good, candidate } = canary();
    rollback(story.context(NOW_MS), { application: APP, reason: "us-west is off by a day" });
    const view = preview(story, {}, NOW_MS + HOUR_MS);
    expect(view.from.releaseId).toBe(good);
    expect(view.alternatives.map(({ release }) => release.releaseId)).not.toContain(candidate);
    moveAlias(story.context(NOW_MS + HOUR_MS), {
      application: APP,
      alias: "production",
      releaseId: candidate,
      reason: "urgent",
      cause: "break_glass",
    });
    rollback(story.context(NOW_MS + 2 * HOUR_MS), { application: APP, reason: "still off" });
    const marked = preview(story, {}, NOW_MS + 3 * HOUR_MS).alternatives.find(
      ({ release }) => release.releaseId === candidate,
    );
    expect(marked).toMatchObject({ eligible: false, reason: "marked bad by a rollback: still off" });
  });

  test("shows what happened instead when the alias moved since the page was opened", () => {
    const { story, good } = canary();
    const seen = preview(story).revision;
    rollback(story.context(NOW_MS), { application: APP, reason: "us-west is off by a day" });
    const view = preview(story, { revision: seen }, NOW_MS + 12 * SECOND_MS);
    expect(view.superseded).toMatchObject({
      cause: "rollback",
      toReleaseId: good,
      revision: 3,
      actor: { label: "Ana" },
    });
    expect(preview(story, { revision: 3 }, NOW_MS + 12 * SECOND_MS).superseded).toBeNull();
  });

  test("agrees with the verb on what fails and where it goes, also for a target chosen by name", () => {
    for (const choose of [() => ({}), ({ first }: { first: string }) => ({ toReleaseId: first })]) {
      const told = canary();
      const given = choose(told);
      const view = preview(told.story, given);
      const done = rollback(told.story.context(NOW_MS), { application: APP, reason: "r", ...given });
      expect([done.fromReleaseId, done.toReleaseId]).toEqual([view.from.releaseId, view.target?.release.releaseId]);
    }
  });

  test("refuses what is not there", () => {
    const { story, good } = settled();
    const refused = (given: object) => () => readRollbackPreview(story.deps(), { application: APP, ...given });
    expect(refused({ alias: "nowhere" })).toThrow(DomainError);
    expect(refused({ toReleaseId: "ffffffffff" })).toThrow("there is no release");
    expect(refused({ toReleaseId: good })).toThrow("serves");
  });
});

describe("the progress of a rollback", () => {
  test("an incident without a rollback has no progress", () => {
    const { story } = settled();
    withTransaction(story.control, (tx) =>
      addIncident(tx, {
        id: "inc_x",
        application: APP,
        alias: "production",
        releaseId: null,
        rolloutId: null,
        title: "t",
        cause: "person",
        severity: "minor",
        status: "open",
        startedAtMs: null,
        detectedAtMs: NOW_MS,
        mitigatedAtMs: null,
        drainedAtMs: null,
        resolvedAtMs: null,
        openedByKind: "person",
        openedById: "a",
        openedByName: "a",
        dedupKey: null,
      }),
    );
    expect(() => readRollbackProgress(story.deps(), { incidentId: "inc_x" })).toThrow(
      "there is no rollback of incident inc_x",
    );
    expect(() => readRollbackProgress(story.deps(), { incidentId: "inc_y" })).toThrow("there is no incident inc_y");
  });

  test("request and move are done at once; gateways do not report yet", () => {
    const { story, good, candidate, incidentId } = rolledBack();
    const { fromReleaseId, toReleaseId, steps, step } = progress(story, incidentId, NOW_MS + SECOND_MS);
    expect([fromReleaseId, toReleaseId]).toEqual([candidate, good]);
    expect(steps.map(({ name }) => name)).toEqual([
      "requested",
      "alias_moved",
      "gateways_confirmed",
      "observed_traffic",
      "metrics_back",
      "git_reconciled",
    ]);
    expect(step("requested")).toMatchObject({
      state: "done",
      at: NOW_MS,
      detail: "requested by Ana: us-west is off by a day",
    });
    expect(step("alias_moved")?.detail).toMatch(
      new RegExp(`^production points at ${good} since revision 3 \\(audit entry \\d+\\)$`),
    );
    expect(step("gateways_confirmed")?.state).toBe("not_applicable");
  });

  test("draining is told with its share and n, then drained, then the watch's time", () => {
    const { story, good, candidate, incidentId } = rolledBack();
    story.traffic({ releaseId: good, fromMs: NOW_MS, toMs: NOW_MS + 5 * MINUTE_MS, everyMs: 1_000 });
    story.traffic({
      releaseId: candidate,
      track: "canary",
      fromMs: NOW_MS,
      toMs: NOW_MS + 20 * SECOND_MS,
      everyMs: 5_000,
    });
    const at = (seconds: number) =>
      progress(story, incidentId, NOW_MS + seconds * SECOND_MS - 1).step("observed_traffic");
    expect(at(30)).toMatchObject({
      state: "running",
      detail: `draining: 12 % of 34 requests in the last 30 s still on ${candidate}`,
    });
    expect(at(70)).toMatchObject({
      state: "running",
      detail: `draining: no request in the last 30 s on ${candidate}, 2 in the 30 s before`,
    });
    expect(at(80)).toMatchObject({
      state: "done",
      at: null,
      detail: `100 % of 60 requests in the last 60 s on ${good}`,
    });
    withTransaction(story.control, (tx) =>
      writeIncident(tx, { id: incidentId, change: { drainedAtMs: NOW_MS + 21 * SECOND_MS } }),
    );
    expect(at(90)).toMatchObject({
      state: "done",
      at: NOW_MS + 21 * SECOND_MS,
      detail: `drained 21 s after the move: 100 % of 60 requests in the last 60 s on ${good}`,
    });
  });

  test("silence is not success", () => {
    const { story, incidentId } = rolledBack();
    const step = progress(story, incidentId, NOW_MS + 3 * MINUTE_MS).step("observed_traffic");
    expect(step).toMatchObject({
      state: "waiting",
      detail: "no request has arrived in the last 60 s: nothing is observed yet",
    });
  });

  test("traffic that comes back to the failed release is a failure", () => {
    const { story, good, candidate, incidentId } = rolledBack();
    withTransaction(story.control, (tx) =>
      writeIncident(tx, { id: incidentId, change: { drainedAtMs: NOW_MS + 40 * SECOND_MS } }),
    );
    story.traffic({ releaseId: good, fromMs: NOW_MS, toMs: NOW_MS + 5 * MINUTE_MS, everyMs: 1_000 });
    story.traffic({
      releaseId: candidate,
      fromMs: NOW_MS + 4 * MINUTE_MS,
      toMs: NOW_MS + 5 * MINUTE_MS,
      everyMs: 30_000,
    });
    const step = progress(story, incidentId, NOW_MS + 5 * MINUTE_MS - 1).step("observed_traffic");
    expect(step).toMatchObject({
      state: "failed",
      detail: `it had drained at 04:00:40 UTC, but 3.2 % of 31 requests in the last 30 s are on ${candidate} again`,
    });
  });

  test("metrics are back when every absolute limit holds on the restored release, with enough requests", () => {
    const { story, good, incidentId } = rolledBack();
    const at = (minutes: number) => progress(story, incidentId, NOW_MS + minutes * MINUTE_MS).step("metrics_back");
    story.traffic({
      releaseId: good,
      fromMs: NOW_MS,
      toMs: NOW_MS + 2 * MINUTE_MS,
      everyMs: 2_000,
      fail: (_, index) => index % 5 === 0,
    });
    story.traffic({ releaseId: good, fromMs: NOW_MS + 2 * MINUTE_MS, toMs: NOW_MS + 20 * MINUTE_MS, everyMs: 2_000 });
    expect(at(0.75)).toMatchObject({ state: "waiting" });
    expect(at(0.75)?.detail).toBe(
      "waiting for evidence: task completion rate 5 of 20 requests; p95 time to first token 5 of 20 requests",
    );
    expect(at(2)).toMatchObject({
      state: "running",
      detail: "still outside: task completion rate is 80 %, below the limit of 91 % over 5m (n=45)",
    });
    expect(at(15)?.state).toBe("done");
    // The histogram is accurate to 1 %: 509 ms.
    expect(at(15)?.detail).toMatch(
      /^back inside every limit: task completion rate 100 % \(n=150\); p95 time to first token 5[01]\d ms \(n=150\)$/,
    );
  });

  test("nothing is claimed of a git that is not connected", () => {
    const { story, incidentId } = rolledBack();
    expect(progress(story, incidentId, NOW_MS + MINUTE_MS).step("git_reconciled")?.state).toBe("not_applicable");
    // The controller delivers to nobody.
    story.control.$client.exec("UPDATE outbox SET delivered_at_ms = 1");
    expect(progress(story, incidentId, NOW_MS + MINUTE_MS).step("git_reconciled")?.state).toBe("not_applicable");
  });

  test("once the alias has moved on, the steps stay as they were then", () => {
    const { story, good, candidate, first, incidentId } = rolledBack();
    story.traffic({ releaseId: good, fromMs: NOW_MS, toMs: NOW_MS + 10 * MINUTE_MS, everyMs: 1_000 });
    moveAlias(story.context(NOW_MS + 10 * MINUTE_MS), {
      application: APP,
      alias: "production",
      releaseId: first,
      reason: "later",
    });
    story.traffic({ releaseId: candidate, fromMs: NOW_MS + HOUR_MS, toMs: NOW_MS + 2 * HOUR_MS, everyMs: 1_000 });
    const { step } = progress(story, incidentId, NOW_MS + 2 * HOUR_MS);
    expect(step("alias_moved")?.detail).toMatch(new RegExp(`; production moved on to ${first} at 04:10:00 UTC$`));
    expect(step("observed_traffic")).toMatchObject({ state: "done" });
    expect(step("metrics_back")).toMatchObject({ state: "done" });
  });
});
