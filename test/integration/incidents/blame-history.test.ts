/** Blame as it is read from releases, rollouts and telemetry: what earlier releases with the same components did. */
import { describe, expect, test } from "vitest";
import { openIncident } from "@/server/control/open-incident";
import { pinEvidence } from "@/server/control/pin-evidence";
import { savePostmortem } from "@/server/control/save-postmortem";
import { rollback } from "@/server/control/rollback";
import { ApplicationId, AliasName, ReleaseId } from "@/server/domain/ids";
import { readIncidentBlame } from "@/server/read/incident-blame";
import { readEvidence } from "@/server/read/incident-evidence";
import { readIncidentImpact } from "@/server/read/incident-impact";
import { readPostmortem, readRecordDraft } from "@/server/read/postmortem";
import { readIncident } from "@/server/read/incident-detail";
import { IncidentDetailView } from "@/server/read/incident-view";
import { APP, FIRST, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, POLICY, Story } from "@/test/integration/read/story";

const application = ApplicationId.parse(APP);
const alias = AliasName.parse("production");

/** Every n-th request goes wrong. */
const every = (n: number) => (_: string, index: number) => index % n === 0;

/** A candidate that changed prompt and feature view, and before it one that changed the prompt alone. */
function twoChanges(given: { earlierFails: number; candidateFails: number; controlFails?: number }) {
  const story = new Story();
  story.application();
  story.policy(POLICY);
  const first = story.release(FIRST);
  const good = story.release(GOOD);
  const earlier = story.release({ ...GOOD, prompt: "deploy-answer@2.9" });
  const candidate = story.release({ ...GOOD, prompt: "deploy-answer@2.9", feature_view: "releases@5" });
  story.move(first, { atMs: NOW_MS - 60 * HOUR_MS });
  story.move(good, { atMs: NOW_MS - 50 * HOUR_MS });
  const serve = (releaseId: string, rolloutId: string, fromMs: number, toMs: number, fails: number): void => {
    story.rollout(releaseId, { id: rolloutId, controlId: good, startedAtMs: fromMs });
    story.traffic({ releaseId, track: "canary", fromMs, toMs, everyMs: 500, fail: every(fails) });
  };
  const controlFails = given.controlFails ?? 25;
  const [earlyMs, startMs] = [NOW_MS - 20 * HOUR_MS, NOW_MS - 10 * MINUTE_MS];
  serve(earlier, "rol_01JRMZZZZZ0000000000000001", earlyMs, earlyMs + 10 * MINUTE_MS, given.earlierFails);
  story.transition("rol_01JRMZZZZZ0000000000000001", {
    atMs: earlyMs + 10 * MINUTE_MS,
    event: "abort",
    to: "aborted",
    reason: "superseded",
    change: { endedAtMs: earlyMs + 10 * MINUTE_MS },
  });
  story.traffic({ releaseId: good, fromMs: earlyMs, toMs: earlyMs + 10 * MINUTE_MS, everyMs: 250, fail: every(25) });
  serve(candidate, "rol_01JRMZZZZZ0000000000000002", startMs, NOW_MS, given.candidateFails);
  story.traffic({ releaseId: good, fromMs: startMs - HOUR_MS, toMs: startMs, everyMs: 500, fail: every(25) });
  story.traffic({ releaseId: good, fromMs: startMs, toMs: NOW_MS, everyMs: 250, fail: every(controlFails) });
  const { incidentId } = rollback(story.context(), { application, alias, reason: "answers are wrong" });
  return { story, incidentId, candidate, good, deps: story.deps(NOW_MS + MINUTE_MS) };
}

describe("blame reads the history of releases", () => {
  test("the component that an earlier release served well with is not it", () => {
    const { deps, incidentId } = twoChanges({ earlierFails: 25, candidateFails: 6 });
    const blame = readIncidentBlame(deps, { incidentId });
    expect(blame).toMatchObject({
      verdict: "component",
      suspects: [
        { change: { kind: "feature_view" }, named: true },
        { change: { kind: "prompt" }, named: false },
      ],
    });
    expect(blame?.suspects[1]?.reasons[0]).toMatch(
      /^[0-9a-f]{10}, which has it too, was not clearly worse: 48 of 1200 \(4\.0 %\) bad, its control 96 of 2400 \(4\.0 %\)$/,
    );
  });

  test("the component that did the same harm before is", () => {
    const { deps, incidentId } = twoChanges({ earlierFails: 6, candidateFails: 6 });
    expect(readIncidentBlame(deps, { incidentId })).toMatchObject({
      verdict: "component",
      suspects: [{ change: { kind: "prompt" }, named: true }, { change: { kind: "feature_view" } }],
    });
  });

  test("when the control got as bad, going back will not help", () => {
    const { deps, incidentId } = twoChanges({ earlierFails: 25, candidateFails: 5, controlFails: 5 });
    const blame = readIncidentBlame(deps, { incidentId });
    expect(blame).toMatchObject({ verdict: "everyone_is_worse" });
    expect(blame?.sentence).toMatch(
      /^Everyone is worse, not only the candidate: the control went from .*going back will not help$/,
    );
    const summary = readPostmortem(deps, { incidentId }).sections.find(({ id }) => id === "summary");
    expect(summary?.markdown).toContain("Everyone is worse, not only the candidate");
  });

  test("a candidate that is as good as its control is not worse", () => {
    const { deps, incidentId } = twoChanges({ earlierFails: 25, candidateFails: 25 });
    expect(readIncidentBlame(deps, { incidentId })).toMatchObject({ verdict: "not_enough_evidence", why: "not_worse" });
  });
});

test("of a rollback by hand, the start is measured: the first ten minutes that were clearly worse", () => {
  const { deps, incidentId } = twoChanges({ earlierFails: 25, candidateFails: 6 });
  const started = readPostmortem(deps, { incidentId }).clocks.find(({ name }) => name === "started");
  expect(started).toMatchObject({ at: NOW_MS - 10 * MINUTE_MS });
  expect(started?.how).toMatch(/in which clearly more requests did not complete the task than at the control/);
});

test("an incident about no release is measured by nothing, and its draft says so little", () => {
  const { story, deps } = twoChanges({ earlierFails: 25, candidateFails: 25 });
  const { id: incidentId } = openIncident(story.context(), { application, title: "the pager is silent" });
  expect(readIncidentImpact(deps, { incidentId })).toBeNull();
  expect(readIncidentBlame(deps, { incidentId })).toBeNull();
  const { sections, charts } = readPostmortem(deps, { incidentId });
  expect(charts).toEqual([]);
  expect(sections.filter(({ markdown }) => markdown !== "").map(({ id }) => id)).toEqual([
    "summary",
    "clocks",
    "timeline",
    "suggestions",
  ]);
});

test("a saved postmortem stays what it was when the data behind it have gone", () => {
  const { story, deps, incidentId } = twoChanges({ earlierFails: 25, candidateFails: 6 });
  const save = (expectedVersion: number, markdown: string) =>
    savePostmortem(story.context(), {
      incidentId,
      expectedVersion,
      sections: [{ id: "luck", markdown }],
      draft: readRecordDraft(deps, { incidentId }),
    });
  save(0, "It was a Sunday.");
  const texts = () => readPostmortem(deps, { incidentId }).sections.map(({ markdown }) => markdown);
  const [before, charts] = [texts(), readPostmortem(deps, { incidentId }).charts];
  expect(before.join()).toContain("requests of 40 distinct subjects");
  story.telemetry.close();
  expect(texts()).toEqual(before);
  expect(readPostmortem(deps, { incidentId }).charts).toEqual(charts);
  save(1, "It was a quiet Sunday.");
  expect(texts().join()).toContain("requests of 40 distinct subjects");
});

test("what is pinned stays readable when the data behind it have gone", () => {
  const { story, deps, incidentId, candidate, good } = twoChanges({ earlierFails: 25, candidateFails: 6 });
  const [request] = story.telemetry.requests.filter((one) => one.releaseId === candidate);
  const pin = (evidence: Parameters<typeof readEvidence>[1]["evidence"]) =>
    pinEvidence(story.context(), { incidentId, evidence: readEvidence(deps, { incidentId, evidence }) });
  pin({ kind: "request", requestId: request?.requestId ?? "" });
  pin({
    kind: "chart",
    metric: "task_completion_rate",
    releaseId: ReleaseId.parse(candidate),
    controlId: good,
    segment: { key: "region", value: "us-west" },
    from: NOW_MS - 10 * MINUTE_MS,
    to: NOW_MS,
  });
  story.telemetry.close();
  const pins = IncidentDetailView.parse(readIncident(deps, { incidentId })).timeline.filter(
    ({ kind }) => kind === "pin",
  );
  expect(pins.map(({ text }) => text)).toEqual([
    `request ${request?.requestId ?? ""}`,
    "chart task completion rate in region=us-west",
  ]);
  expect(pins[0]?.evidence).toMatchObject({
    kind: "request",
    request: { region: request?.region, ttftMs: request?.ttftMs },
  });
  expect(pins[1]?.evidence).toMatchObject({
    kind: "chart",
    chart: { candidateId: candidate, segment: "region=us-west" },
  });
  expect(pins[1]?.evidence?.kind === "chart" && pins[1].evidence.chart.steps.length).toBe(60);
});
