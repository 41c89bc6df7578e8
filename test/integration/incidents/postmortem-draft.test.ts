/** The demo's incident, told by the record alone: what the draft names, what its numbers are, what its exports hold. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { citedIds } from "@/server/domain/postmortem/citation";
import { exportHtml } from "@/server/domain/postmortem/export-html";
import { exportMarkdown } from "@/server/domain/postmortem/export-markdown";
import { readIncidentBlame } from "@/server/read/incident-blame";
import { IncidentBlameView } from "@/server/read/incident-blame-view";
import { readIncidentImpact } from "@/server/read/incident-impact";
import { IncidentImpactView } from "@/server/read/incident-impact-view";
import { affectedRequests, csvHead, csvLine } from "@/server/read/incident-requests";
import { readPostmortem, readPostmortemExport } from "@/server/read/postmortem";
import { PostmortemView } from "@/server/read/postmortem-view";
import { listAuditAfter } from "@/server/store/control/audit";
import { person } from "@/test/integration/control/fixtures";
import { OVERRIDE, SKEW_MS, tellStory, type Sent, type Told } from "./deploybuddy";

const onCall = person("on_call", "Robin Example");

let told: Told;
beforeAll(() => {
  told = tellStory();
  const { world, incidentId, endMs } = told;
  addIncidentNote(world.as(onCall, endMs + 60_000), { incidentId, text: "asked the feature team | see <docs>" });
  setIncidentStatus(world.as(onCall, endMs + 3_600_000), { incidentId, status: "resolved", reason: "view repaired" });
}, 60_000);
afterAll(() => told.close());

const now = (): number => told.endMs + 3_600_000;
const view = () => readPostmortem(told.deps(now()), { incidentId: told.incidentId });
const document = () =>
  readPostmortemExport(told.deps(now()), { incidentId: told.incidentId, baseUrl: "https://switchback.example" });
const section = (id: string): string => view().sections.find((one) => one.id === id)?.markdown ?? "";

/** Requests of one release that the gateway sent, counted by hand. */
const sentBy = (releaseId: string, where: (one: Sent) => boolean = () => true): Sent[] =>
  told.sent.filter((one) => one.releaseId === releaseId && where(one));
const at = (one: Sent): number => Date.parse(one.time);

describe("the draft names, with nobody typing it,", () => {
  test("the segment, beside its control", () => {
    expect(section("summary")).toMatch(
      /In region=us-west, task_completion_rate was [\d.]+ % .* the control in the same/,
    );
    expect(section("impact")).toContain("Clearly worse in region=us-west");
    expect(section("impact")).toMatch(/Not clearly worse than the control in .*region=us-east.*region=eu-west/);
    expect(section("impact")).toMatch(/no more than elsewhere, in .*tenant_tier=/);
  });

  test("the feature view", () => {
    expect(section("summary")).toContain(`only in feature_view releases@4 → releases@5`);
    expect(section("changes")).toContain("| feature_view | releases@4 | releases@5 |");
    expect(section("changes")).toContain("9 other components are the same");
    expect(section("summary")).toContain("The change of feature_view releases@4 → releases@5 explains it best");
  });

  test("the parity break, and who let it pass for what reason", () => {
    const broken = "Feature view releases@5 was evaluated with fingerprint ce667443 and is served with 660645c4";
    expect(section("summary")).toContain(broken);
    expect(section("cause")).toContain(`a release manager let it go on`);
    expect(section("cause")).toContain(OVERRIDE);
    expect(section("detection")).toContain(
      "The earliest sign in the record is the parity break of feature view releases@5",
    );
    expect(section("suggestions")).toContain("Make offline (ce667443) and online (660645c4) computation");
  });

  test("the features that went wrong, by what the gateway sent", () => {
    expect(section("cause")).toMatch(/releases\/average_queue_minutes: median 1440 in region=us-west .* 14 elsewhere/);
  });

  test("nobody by name, but everybody by role", () => {
    const all = view()
      .sections.map(({ markdown }) => markdown)
      .join("\n");
    expect(all).not.toMatch(/Robin|nadia|ci-pipeline/);
    expect(section("timeline")).toMatch(
      /\| note \| an on-call engineer \| asked the feature team \\\| see \\<docs\\> \|/,
    );
  });
});

test("every line cites what it rests on, and every citation says it", () => {
  const { sections, citations } = view();
  const known = new Set(citations.map(({ id }) => id));
  const lines = sections.flatMap(({ id, markdown }) =>
    markdown
      .split("\n")
      .filter((line) => /^- |^\| (?!---)/.test(line) && !line.endsWith("| Evidence |"))
      .map((line) => [id, line] as const),
  );
  expect(lines.length).toBeGreaterThan(50);
  const bare = lines.filter(([, line]) => citedIds(line).length === 0);
  expect(bare).toEqual([]);
  expect(lines.flatMap(([, line]) => citedIds(line)).filter((id) => !known.has(id))).toEqual([]);
  expect(
    citations.every(({ text, href }) => text.length > 20 && href?.startsWith("/p/deploy-assistant/") === true),
  ).toBe(true);
  expect(new Set(citations.map(({ kind }) => kind))).toEqual(
    new Set(["audit", "evaluation", "window", "request", "release"]),
  );
});

test("its clocks are those of the raw events", () => {
  const entries = listAuditAfter(told.world.db, { afterSeq: 0, limit: 1_000 });
  const timeOf = (action: string): number => entries.find((entry) => entry.action === action)?.atMs ?? 0;
  const movedMs = timeOf("alias.rolled_back");
  const minute = (ms: number): number => Math.floor(ms / 60_000) * 60_000;
  // The last unbroken run of minutes in which fewer than 91 % of the region's tasks were completed.
  const inRegion = sentBy(told.candidateId, (one) => one.region === "us-west");
  const isBad = (fromMs: number): boolean => {
    const some = inRegion.filter((one) => minute(at(one)) === fromMs && at(one) < movedMs);
    return some.filter((one) => one.taskCompleted).length / some.length < 0.91;
  };
  let startedMs = minute(movedMs);
  while (isBad(startedMs - 60_000)) startedMs -= 60_000;
  const drainedMs = Math.max(movedMs, ...sentBy(told.candidateId).map(at));
  const resolvedMs = timeOf("incident.status_changed");
  expect(view().clocks.map(({ name, at: ms, sinceStartMs }) => [name, ms, sinceStartMs])).toEqual([
    ["started", startedMs, 0],
    ["detected", movedMs, movedMs - startedMs],
    ["decided", movedMs, movedMs - startedMs],
    ["mitigated", movedMs, movedMs - startedMs],
    ["drained", drainedMs, drainedMs - startedMs],
    ["resolved", resolvedMs, resolvedMs - startedMs],
  ]);
  expect(startedMs).toBe(SKEW_MS);
  const seconds = (movedMs - startedMs) / 1000;
  expect(section("clocks")).toContain(`:${String(seconds).padStart(2, "0")} | ${seconds} s | the alias moved |`);
});

test("its impact is what can be counted in the requests that were sent", () => {
  const impact = readIncidentImpact(told.deps(now()), { incidentId: told.incidentId });
  if (impact === null) throw new Error("nothing was measured");
  IncidentImpactView.parse(impact);
  const inPeriod = (one: Sent): boolean => at(one) >= impact.from && at(one) < impact.to;
  const own = sentBy(told.candidateId, inPeriod);
  const control = sentBy(told.goodId, inPeriod);
  expect(impact).toMatchObject({
    requests: own.length,
    subjects: new Set(own.map(({ subject }) => subject)).size,
    errors: own.filter(({ status }) => status === "error").length,
    control: { releaseId: told.goodId, requests: control.length },
  });
  const row = (metric: string) => impact.rows.find((one) => one.metric === metric);
  const share = (some: readonly Sent[]): number => some.filter((one) => !one.taskCompleted).length / some.length;
  const extra = row("task_completion_rate")?.extra;
  expect(extra?.value).toBeCloseTo(own.length * (share(own) - share(control)), 6);
  expect(extra?.lower).toBeGreaterThan(0);
  expect(extra?.unit).toBe("requests");
  const mean = (some: readonly Sent[], of: (one: Sent) => number): number =>
    some.reduce((sum, one) => sum + of(one), 0) / some.length;
  for (const [metric, of] of [
    ["mean_total_tokens", (one: Sent) => one.inputTokens + one.outputTokens],
    ["mean_cost_usd", (one: Sent) => one.costUsd],
  ] as const) {
    const difference = mean(own, of) - mean(control, of);
    expect(row(metric)?.difference?.value, metric).toBeCloseTo(difference, 6);
    expect(row(metric)?.extra?.value, metric).toBeCloseTo(own.length * difference, 3);
  }
  expect(impact.segments.filter(({ harm }) => harm === "concentrated").map(({ segment }) => segment)).toEqual([
    "region=us-west",
  ]);
  const west = own.filter(({ region }) => region === "us-west");
  expect(impact.segments[0]).toMatchObject({ requests: west.length, worst: { candidate: { count: west.length } } });
});

test("its requests are listed whole, and those that went wrong apart", () => {
  const read = (onlyBad: boolean) =>
    [...affectedRequests(told.deps(now()), { incidentId: told.incidentId, onlyBad })].flat();
  const all = read(false);
  const impact = readIncidentImpact(told.deps(now()), { incidentId: told.incidentId });
  expect(all).toHaveLength(impact?.requests ?? 0);
  expect(all.every(({ releaseId }) => releaseId === told.candidateId)).toBe(true);
  const bad = read(true);
  expect(bad.length).toBeGreaterThan(50);
  const went = (one: (typeof bad)[number]): boolean =>
    one.taskCompleted === false || one.status === "error" || one.refused === true || one.toxic === true;
  expect(bad.every(went)).toBe(true);
  expect(all.filter(went)).toHaveLength(bad.length);
  const [first] = all;
  if (first === undefined) throw new Error("no request was listed");
  expect(csvLine({ ...first, requestId: '=cmd|" /C', region: "eu,west" })).toContain(`"'=cmd|"" /C"`);
  expect(csvLine(first).split(",")).toHaveLength(csvHead().split(",").length);
});

test("blame names the feature view with its reasons", () => {
  const blame = readIncidentBlame(told.deps(now()), { incidentId: told.incidentId });
  expect(IncidentBlameView.parse(blame)).toMatchObject({
    verdict: "component",
    suspects: [{ change: { kind: "feature_view" }, named: true }],
    basedOn: { metric: "task_completion_rate", segment: "region=us-west" },
    drift: [{ feature: "releases/average_queue_minutes" }, { feature: "releases/recent_failure_count" }],
  });
});

describe("its exports are readable by themselves", () => {
  test("as Markdown: every footnote that is used is defined once, with an address", () => {
    const markdown = exportMarkdown(document());
    const used = new Set(citedIds(markdown));
    const defined = [...markdown.matchAll(/^\[\^([a-z0-9]+)\]: .+ \(<https:\/\/switchback\.example\/p\/[^>]+>\)$/gm)];
    expect(new Set(defined.map(([, id]) => id))).toEqual(used);
    expect(defined).toHaveLength(used.size);
    expect(markdown).toContain("# Postmortem: ");
    for (const title of ["Summary", "Clocks", "Impact", "Timeline (UTC)", "Where we got lucky", "Detection gap"]) {
      expect(markdown).toContain(`\n## ${title}\n`);
    }
    expect(markdown).toMatch(/```csv\n# task_completion_rate\ntime,release_value/);
  });

  test("as a page: nothing is loaded, nothing runs, every reference leads somewhere", () => {
    const page = exportHtml(document());
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
    expect(page).not.toMatch(/src="/);
    const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(50);
    expect(targets.filter((id) => !ids.has(id))).toEqual([]);
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).toContain('<title id="chart-0-t">task completion rate in region=us-west</title>');
    expect(page).toContain("asked the feature team | see &lt;docs&gt;");
    expect(page).not.toContain("no evidence");
  });
});

test("the same record gives the same draft", () => {
  expect(view()).toEqual(view());
  expect(PostmortemView.parse(view())).toMatchObject({ version: 0, status: "draft", nextStatuses: ["in_review"] });
});
