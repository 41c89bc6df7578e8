/** What the first page says in each state an application can be in. */
import { describe, expect, test } from "vitest";
import { DomainError } from "@/server/domain/errors";
import { readOverview } from "@/server/read/overview";
import { OverviewView } from "@/server/read/overview-view";
import { withTransaction } from "@/server/store/control/database";
import { addFingerprint } from "@/server/store/control/features";
import { addIncident } from "@/server/store/control/incidents";
import { addPolicyChange } from "@/server/store/control/policies";
import { request } from "./fake-telemetry";
import { ANA, APP, CANDIDATE, CONTROLLER, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

/** Read, and through the output schema, as every caller gets it. */
function overview(story: Story, nowMs: number = NOW_MS) {
  const view = readOverview(story.deps(nowMs), { application: APP });
  expect(() => OverviewView.parse(view)).not.toThrow();
  return view;
}

function quiet(): { story: Story; good: string } {
  const story = new Story();
  story.application();
  story.policy();
  const good = story.release(GOOD, { author: "jonas", commit: "8b7e401", title: "clearer instructions" });
  story.move(good, { atMs: NOW_MS - 48 * HOUR_MS, reason: "first" });
  story.traffic({ releaseId: good, fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS, everyMs: 2_000 });
  return { story, good };
}

function canary(): { story: Story; good: string; candidate: string; rolloutId: string } {
  const { story, good } = quiet();
  const candidate = story.release(CANDIDATE, { author: "priya" });
  const rolloutId = story.rollout(candidate, { controlId: good, startedAtMs: NOW_MS - 20 * MINUTE_MS });
  story.traffic({
    releaseId: candidate,
    track: "canary",
    fromMs: NOW_MS - 20 * MINUTE_MS,
    toMs: NOW_MS,
    everyMs: 18_000,
  });
  return { story, good, candidate, rolloutId };
}

describe("the overview", () => {
  test("refuses an application that nobody registered and that never sent anything", () => {
    expect(() => readOverview(new Story().deps(), { application: "nowhere" })).toThrow(DomainError);
  });

  test("shows an application that only sent telemetry, and what to do first", () => {
    const story = new Story();
    story.telemetry.add(request({ requestId: "r1", timeMs: NOW_MS - 1_000 }));
    const view = overview(story);
    expect(view.sentence).toBe("No release of deploy-assistant is registered yet.");
    expect(view.empty).toEqual({ registered: false, aliased: false, telemetry: true });
    expect(view.unattributedShare).toBe(1);
  });

  test("names the step that is missing while nothing has arrived", () => {
    const story = new Story();
    story.application();
    const good = story.release(GOOD);
    expect(overview(story).sentence).toBe("deploy-assistant has releases, but no alias points at one yet.");
    story.move(good, { atMs: NOW_MS - HOUR_MS });
    const view = overview(story);
    expect(view.sentence).toBe("No request of deploy-assistant has arrived yet.");
    expect(view.tone).toBe("neutral");
    expect(view.freshness).toEqual({ state: "none", dataTo: null, asOf: NOW_MS });
    expect(view.aliases[0]).toMatchObject({ observedShare: null, observedCount: 0, knownGoodReleaseId: null });
  });

  test("is quiet when nothing happens", () => {
    const { story, good } = quiet();
    const view = overview(story);
    expect(view.sentence).toBe(`production serves ${good} since 2026-04-10 04:00:00 UTC; nothing needs a person.`);
    expect(view.tone).toBe("ok");
    expect(view.needsAPerson).toEqual([]);
    expect(view.aliases[0]).toMatchObject({ observedShare: 1, observedCount: 145, revision: 1, by: { label: "Ana" } });
    expect(view.aliases[0]?.release).toMatchObject({
      author: "jonas",
      gitCommit: "8b7e401",
      label: "clearer instructions",
    });
  });

  test("names a policy that waits for another person, after everything else", () => {
    const { story } = quiet();
    const put = { name: "default", version: 2, atMs: NOW_MS - HOUR_MS, actor: ANA, reason: null, auditSeq: null };
    withTransaction(story.control, (tx) => addPolicyChange(tx, { ...put, kind: "proposed" }));
    const sentence = "Version 2 of policy default, put by Ana, loosens a rollback rule and waits for another person.";
    expect(overview(story)).toMatchObject({
      sentence,
      tone: "review",
      needsAPerson: [{ kind: "policy", sentence, href: "/p/deploy-assistant/policies/default", at: NOW_MS - HOUR_MS }],
    });
    story.rollout(story.release(CANDIDATE), { startedAtMs: NOW_MS - 20 * MINUTE_MS });
    expect(overview(story).sentence).toMatch(/^Candidate /);
    withTransaction(story.control, (tx) => addPolicyChange(tx, { ...put, kind: "rejected" }));
    expect(overview(story).needsAPerson).toEqual([]);
  });

  test("draws 24 hours in 10-minute steps, with gaps as null and the latest value with its n", () => {
    const { story } = quiet();
    story.rollout(story.release(CANDIDATE), { startedAtMs: NOW_MS - 20 * MINUTE_MS });
    const view = overview(story);
    const ttft = view.sparklines.find(({ metric }) => metric === "p95_ttft_ms");
    expect(ttft).toMatchObject({ label: "p95 time to first token", unit: "ms", limit: 850 });
    expect(ttft?.points).toHaveLength(144);
    expect(ttft?.points[0]).toEqual({ at: NOW_MS - 24 * HOUR_MS, value: null, count: 0 });
    expect(ttft?.points.at(-1)).toMatchObject({ at: NOW_MS - 10 * MINUTE_MS, count: 300 });
    expect(ttft?.latest.count).toBe(295);
    expect(ttft?.latest.value).toBeCloseTo(509, -1);
    expect(view.sparklines.map(({ metric }) => metric)).not.toContain("toxicity_rate");
  });

  test("says how the canary does: sentence, split and one gate per threshold", () => {
    const { story, good, candidate, rolloutId } = canary();
    const sample = { count: 33, value: 0.95, lower: 0.9, upper: 0.98 };
    const finding = {
      metric: "task_completion_rate",
      rule: "task_completion_rate:min",
      action: "rollback",
      dryRun: false,
      candidate: sample,
      control: sample,
      breaching: 0,
      required: 3,
      needed: null,
    } as const;
    story.evaluation(rolloutId, {
      atMs: NOW_MS - 10_000,
      detail: {
        sentence: "Watching task_completion_rate in region=us-west: below min.",
        findings: [
          { ...finding, verdict: "pass", detail: "95 % over 5m, within the limit" },
          { ...finding, segment: "region=us-west", verdict: "watch", detail: "80 % below min 91 %" },
        ],
      },
    });
    const view = overview(story);
    expect(view.tone).toBe("info");
    expect(view.sentence).toBe(
      `Candidate ${candidate} serves 10 % of subjects on production (canary, step 1 of 3): ` +
        "Watching task_completion_rate in region=us-west: below min.",
    );
    expect(view.rollouts[0]?.gates.map(({ metric, verdict, detail }) => [metric, verdict, detail])).toEqual([
      ["task_completion_rate", "watch", "region=us-west: 80 % below min 91 %"],
      [
        "p95_ttft_ms",
        "no_data",
        "not evaluated yet. Pause for review when p95 time to first token is above 850 ms over 5m, with at least 20 requests, as a whole or within one region.",
      ],
    ]);
    expect(view.rollouts[0]?.rollout.control?.releaseId).toBe(good);
    expect(view.aliases[0]?.observedShare).toBeCloseTo(145 / 161, 5);
  });

  test("never says that anything passes on stale telemetry", () => {
    const { story, good, rolloutId } = canary();
    const sample = { count: 33, value: 0.95, lower: 0.9, upper: 0.98 };
    story.evaluation(rolloutId, {
      atMs: NOW_MS - 10_000,
      detail: {
        findings: [
          {
            metric: "task_completion_rate",
            rule: "task_completion_rate:min",
            action: "rollback",
            dryRun: false,
            candidate: sample,
            control: sample,
            breaching: 0,
            required: 3,
            needed: null,
            verdict: "pass",
            detail: "95 % over 5m, within the limit",
          },
        ],
      },
    });
    const view = overview(story, NOW_MS + 12 * MINUTE_MS);
    expect(view.freshness.state).toBe("stale");
    expect(view.tone).toBe("neutral");
    expect(view.sentence).toBe(
      `Unknown since 03:59:58 UTC: no telemetry for 12 min; production points at ${good} since 2026-04-10 04:00:00 UTC.`,
    );
    expect(view.needsAPerson.map(({ kind }) => kind)).toEqual(["stale"]);
    expect(view.rollouts[0]?.gates[0]).toMatchObject({ verdict: "no_data" });
    expect(view.aliases[0]?.observedShare).toBeNull();
    expect(view.sparklines.every(({ latest }) => latest.value === null && latest.count === 0)).toBe(true);
  });

  test("late is not stale: a quiet application has its own cadence", () => {
    const story = new Story();
    story.application();
    const good = story.release(GOOD);
    story.move(good, { atMs: NOW_MS - HOUR_MS });
    // Every two minutes: 5 requests in 10 minutes.
    story.traffic({ releaseId: good, fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS, everyMs: 2 * MINUTE_MS });
    const ages = [1, 4, 9, 14].map((minutes) => overview(story, NOW_MS + minutes * MINUTE_MS).freshness.state);
    expect(ages).toEqual(["fresh", "late", "stale", "stale"]);
  });

  test("ranks what needs a person, and leads with the incident", () => {
    const { story, good, candidate, rolloutId } = canary();
    withTransaction(story.control, (tx) => {
      addFingerprint(tx, {
        application: APP,
        view: "releases",
        side: "offline",
        fingerprint: "ce667443",
        config: {},
        atMs: 1,
        submittedBy: "ci",
      });
      addFingerprint(tx, {
        application: APP,
        view: "releases",
        side: "online",
        fingerprint: "660645c4",
        config: {},
        atMs: 1,
        submittedBy: "gw",
      });
      addIncident(tx, {
        id: "inc_01",
        application: APP,
        alias: "production",
        releaseId: candidate,
        rolloutId: null,
        title: "task completion fell in us-west",
        cause: "alert",
        severity: "major",
        status: "open",
        startedAtMs: null,
        detectedAtMs: NOW_MS - 5 * MINUTE_MS,
        mitigatedAtMs: null,
        drainedAtMs: null,
        resolvedAtMs: null,
        openedByKind: "system",
        openedById: "alertmanager",
        openedByName: "Alertmanager",
        dedupKey: null,
      });
    });
    story.transition(rolloutId, {
      atMs: NOW_MS - MINUTE_MS,
      event: "step_advanced",
      to: "paused",
      reason: "approval step",
      change: { stepIndex: 1, pausedFrom: "canary" },
      by: CONTROLLER,
    });
    story.telemetry.add(request({ requestId: "stranger", timeMs: NOW_MS - 3_000, releaseId: "ffffffffff" }));
    const view = overview(story);
    expect(view.needsAPerson.map(({ kind }) => kind)).toEqual([
      "incident",
      "approval",
      "parity",
      "parity",
      "unregistered_release",
    ]);
    expect(view.sentence).toBe("task completion fell in us-west; open.");
    expect(view.tone).toBe("breach");
    expect(view.needsAPerson[1]?.sentence).toBe(
      `Candidate ${candidate} is paused at 10 % (step 2 of 3) on production and waits for approval, 0 of 1.`,
    );
    expect(view.needsAPerson[1]?.href).toBe(`/p/${APP}/rollouts/${rolloutId}`);
    expect(view.needsAPerson[2]?.sentence).toBe(
      `Release ${candidate}: feature view releases was evaluated with fingerprint ce667443 and is served with 660645c4.`,
    );
    expect(view.needsAPerson[4]?.sentence).toMatch(
      /^1 request of the last 5 min \(0\.6 %\) came from release ffffffffff/,
    );
    expect(view.needsAPerson.slice(2).map(({ at }) => at)).toEqual([1, 1, NOW_MS - 2_000]);
    expect(view.aliases[0]?.release.releaseId).toBe(good);
  });

  test("after a rollback: what happened, by whom, where production is", () => {
    const { story, good, candidate } = canary();
    story.move(candidate, { atMs: NOW_MS - 30 * MINUTE_MS, cause: "manual" });
    withTransaction(story.control, (tx) =>
      addIncident(tx, {
        id: "inc_02",
        application: APP,
        alias: "production",
        releaseId: candidate,
        rolloutId: null,
        title: `${candidate} rolled back on production: p95_ttft_ms=910 exceeds max 850.`,
        cause: "rollback",
        severity: "critical",
        status: "mitigated",
        startedAtMs: null,
        detectedAtMs: NOW_MS - 8 * MINUTE_MS,
        mitigatedAtMs: NOW_MS - 8 * MINUTE_MS,
        drainedAtMs: NOW_MS - 7 * MINUTE_MS,
        resolvedAtMs: null,
        openedByKind: "person",
        openedById: ANA.id,
        openedByName: ANA.name,
        dedupKey: null,
      }),
    );
    story.move(good, {
      atMs: NOW_MS - 8 * MINUTE_MS,
      cause: "rollback",
      reason: "p95_ttft_ms=910 exceeds max 850.",
      incidentId: "inc_02",
      by: CONTROLLER,
    });
    const view = overview(story);
    expect(view.sentence).toBe(
      `production was rolled back from ${candidate} to ${good} automatically at 03:52:00 UTC: p95_ttft_ms=910 exceeds max 850; ` +
        "traffic had drained by 03:53:00 UTC; mitigated since 03:52:00 UTC, not yet resolved.",
    );
    expect(view.tone).toBe("review");
    expect(view.moves.map(({ cause }) => cause)).toEqual(["rollback", "manual", "manual"]);
  });
});
