/** Incidents: lists, the page with its impact and changes, and the timeline that writes itself. */
import { describe, expect, test } from "vitest";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { openIncident } from "@/server/control/open-incident";
import { recordDrained } from "@/server/control/record-drained";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { rollback } from "@/server/control/rollback";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { DomainError } from "@/server/domain/errors";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { readIncident } from "@/server/read/incident-detail";
import { listIncidentSummaries } from "@/server/read/incident-list";
import { IncidentDetailView, IncidentListView } from "@/server/read/incident-view";
import { APP, CANDIDATE, CONTROLLER, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

const STARTED_MS = NOW_MS - 30 * MINUTE_MS;

function canary() {
  const story = new Story();
  story.application();
  story.policy();
  const good = story.release(GOOD);
  const candidate = story.release(CANDIDATE, { author: "priya" });
  story.move(good, { atMs: NOW_MS - 48 * HOUR_MS, reason: "prompt 2.8" });
  const rolloutId = story.rollout(candidate, { controlId: good, startedAtMs: STARTED_MS });
  story.traffic({ releaseId: good, fromMs: STARTED_MS, toMs: NOW_MS, everyMs: 2_000 });
  story.traffic({ releaseId: candidate, track: "canary", fromMs: STARTED_MS, toMs: NOW_MS, everyMs: 20_000 });
  return { story, good, candidate, rolloutId };
}

const EVALUATION: PolicyEvaluation = {
  mode: "window",
  decision: "continue",
  stepComplete: false,
  findings: [],
  violations: [],
  waitingFor: [],
  sentence: "Within every limit.",
};

function detail(story: Story, incidentId: string, nowMs: number = NOW_MS + 5 * MINUTE_MS) {
  const view = readIncident(story.deps(nowMs), { incidentId });
  expect(() => IncidentDetailView.parse(view)).not.toThrow();
  return view;
}

function list(story: Story, given: { application?: string; status?: "open"; limit?: number; cursor?: string } = {}) {
  const view = listIncidentSummaries(story.deps(), { application: APP, limit: 50, ...given });
  expect(() => IncidentListView.parse(view)).not.toThrow();
  return view;
}

/** The controller decides on a rollback, and later sees it drain. */
function decided() {
  const told = canary();
  const { story, rolloutId } = told;
  const record = (atMs: number, evaluation: Partial<PolicyEvaluation>) =>
    recordEvaluation(story.context(atMs, CONTROLLER), {
      rolloutId,
      atMs: atMs - 30_000,
      evaluation: { ...EVALUATION, ...evaluation },
      codeVersion: "test",
      startedAtMs: NOW_MS - 4 * MINUTE_MS,
    });
  record(NOW_MS - 10 * MINUTE_MS, {});
  record(NOW_MS - 5 * MINUTE_MS, {});
  const outcome = record(NOW_MS, {
    decision: "rollback",
    sentence: "p95_ttft_ms=910 exceeds max 850 over 5m.",
    violations: [
      {
        metric: "p95_ttft_ms",
        action: "rollback",
        observed: 910,
        threshold: 850,
        window: "5m",
        message: "p95_ttft_ms=910 exceeds max 850 over 5m",
      },
    ],
  });
  const incidentId = outcome.incidentId ?? "";
  recordDrained(story.context(NOW_MS + 2 * MINUTE_MS, CONTROLLER), { incidentId, drainedAtMs: NOW_MS + MINUTE_MS });
  return { ...told, incidentId };
}

describe("an incident's page", () => {
  test("an unknown incident is not found", () => {
    expect(() => readIncident(new Story().deps(), { incidentId: "inc_none" })).toThrow(DomainError);
  });

  test("leads with what happened, what was done and what is left", () => {
    const { story, good, candidate, rolloutId, incidentId } = decided();
    const view = detail(story, incidentId);
    expect(view.sentence).toBe(
      `production was rolled back from ${candidate} to ${good} automatically at 04:00:00 UTC: p95_ttft_ms=910 ` +
        "exceeds max 850 over 5m; traffic had drained by 04:01:00 UTC; mitigated since 04:00:00 UTC, not yet resolved.",
    );
    expect(view).toMatchObject({
      status: "mitigated",
      cause: "decision",
      rolloutId,
      startedAt: NOW_MS - 4 * MINUTE_MS,
      detectedAt: NOW_MS,
      mitigatedAt: NOW_MS,
      resolvedAt: null,
      release: { releaseId: candidate, author: "priya" },
      changes: [{ kind: "feature_view", from: "releases@4", to: "releases@5" }],
    });
    expect(view.progress?.steps.find(({ name }) => name === "observed_traffic")).toMatchObject({
      state: "done",
      at: NOW_MS + MINUTE_MS,
    });
  });

  test("measures whom it hit, from the first bad window to the drain", () => {
    const { story, incidentId } = decided();
    expect(detail(story, incidentId).impact).toEqual({
      from: NOW_MS - 4 * MINUTE_MS,
      to: NOW_MS + MINUTE_MS,
      requests: 12,
      errors: 0,
      subjects: 12,
      regions: [
        { region: "us-east", count: 6 },
        { region: "us-west", count: 6 },
      ],
    });
  });

  test("the timeline is in order, tells each act once, and every entry has its source", () => {
    const { story, good, candidate, incidentId, rolloutId } = decided();
    addIncidentNote(story.context(NOW_MS + 3 * MINUTE_MS), { incidentId, text: "asked the feature team" });
    setIncidentStatus(story.context(NOW_MS + 4 * MINUTE_MS), { incidentId, status: "resolved", reason: "restored" });
    const { timeline } = detail(story, incidentId);
    expect(timeline.map(({ kind, text }) => [kind, text])).toEqual([
      ["decision", "Rollout canary → canary: start"],
      ["decision", "Within every limit."],
      ["opened", `${candidate} rolled back on production: p95_ttft_ms=910 exceeds max 850 over 5m.`],
      ["decision", "Decision: roll back. p95_ttft_ms=910 exceeds max 850 over 5m."],
      [
        "alias_move",
        `production serves ${good} again; ${candidate} stops receiving traffic. p95_ttft_ms=910 exceeds max 850 over 5m.`,
      ],
      ["status", `open → mitigated: production serves ${good}`],
      ["drain", `Traffic has drained: ${candidate} serves no requests any more`],
      ["note", "asked the feature team"],
      ["status", "mitigated → resolved: restored"],
    ]);
    expect(timeline[3]).toMatchObject({ actor: { kind: "controller" }, href: `/p/${APP}/rollouts/${rolloutId}` });
    expect(timeline[4]?.href).toBe(`/p/${APP}/audit/${timeline[4]?.auditSeq}`);
    expect(timeline[7]?.actor.label).toBe("Ana");
  });

  test("moves around it that it did not make are part of the story", () => {
    const { story, good, candidate } = canary();
    const { id } = openIncident(story.context(NOW_MS), {
      application: APP,
      title: "answers are off by a day",
      alias: "production",
      releaseId: candidate,
    });
    story.move(candidate, { atMs: NOW_MS - 20 * MINUTE_MS, reason: "hotfix", cause: "break_glass" });
    const view = detail(story, id);
    expect(view.sentence).toBe("answers are off by a day; open.");
    expect(view.progress).toBeNull();
    expect(view.timeline.map(({ kind, text }) => [kind, text])).toEqual([
      ["alias_move", `production was moved outside git from ${good} to ${candidate} by Ana at 03:40:00 UTC: hotfix`],
      ["opened", "answers are off by a day"],
    ]);
    expect(view.changes).toEqual([{ kind: "feature_view", from: "releases@4", to: "releases@5" }]);
  });

  test("an incident about no release measures nothing, and says so with null", () => {
    const { story } = canary();
    const { id } = openIncident(story.context(NOW_MS), { application: APP, title: "pager", severity: "minor" });
    expect(detail(story, id)).toMatchObject({ impact: null, release: null, changes: [], progress: null });
  });
});

describe("the list of incidents", () => {
  test("is empty with the reason", () => {
    expect(list(canary().story)).toEqual({ items: [], sentence: `There is no incident of ${APP}.` });
  });

  test("newest first, in pages, with one sentence for all", () => {
    const { story } = canary();
    const first = openIncident(story.context(NOW_MS - HOUR_MS), { application: APP, title: "one" });
    const second = openIncident(story.context(NOW_MS), { application: APP, title: "two" });
    rollback(story.context(NOW_MS + 1), { application: APP, reason: "three" });
    const page = list(story, { limit: 2 });
    expect(page.items.map(({ sentence }) => sentence.slice(0, 14))).toEqual(["production was", "two; open."]);
    expect(page.items[1]?.id).toBe(second.id);
    expect(list(story, { limit: 2, cursor: page.nextCursor ?? "" }).items.map(({ id }) => id)).toEqual([first.id]);
    expect(page.sentence).toBe(`2 incidents of ${APP} are open, 1 mitigated and not yet resolved.`);
    expect(list(story, { status: "open" }).items).toHaveLength(2);
    for (const { id } of [first, second])
      setIncidentStatus(story.context(NOW_MS + 2), { incidentId: id, status: "resolved", reason: "done" });
    expect(list(story).sentence).toBe(`No incident of ${APP} is open; 1 mitigated and not yet resolved.`);
  });
});
