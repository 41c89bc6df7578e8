/** What the incident's pages decide by themselves: the next action, the story, unsaved text, what a route is made of. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { IncidentDetail, Postmortem } from "@/components/data/outputs";
import { evidenceWords, incidentAbout } from "@/components/incidents/about-parsers";
import { nextIncidentStep } from "@/components/incidents/next-step";
import { filterRecord, quoteOf, storyOf, withGaps, type TimelineEntry } from "@/components/incidents/timeline-model";
import { checkedRoute, draftOf, newDraft, type RouteDraft } from "@/components/notifications/route-draft";
import { changedSections, clashes, rebased, withText, type Edits, type SectionId } from "@/components/postmortem/edits";
import { tourSteps } from "@/components/tour/tour-steps";
import { sampleProgress } from "@/components/gallery/sample-rollback";
import { TIMELINE_KINDS } from "@/server/read/incident-view";

describe("the next action of an incident", () => {
  const gitAt = (state: "failed" | "done"): IncidentDetail["progress"] => ({
    ...sampleProgress,
    steps: sampleProgress.steps.map((step) => (step.name === "git_reconciled" ? { ...step, state } : step)),
  });
  const facts = { alias: "production", progress: null, commander: "Ana", postmortem: null } as const;

  it.each([
    ["somebody takes it, before anything else", { ...facts, commander: null, status: "open" }, "acknowledge"],
    ["also when the system has gone back already", { ...facts, commander: null, status: "mitigated" }, "acknowledge"],
    ["the alias is rolled back", { ...facts, status: "open" }, "roll_back"],
    ["without an alias somebody says that it is mitigated", { ...facts, alias: null, status: "open" }, "mitigate"],
    ["git is brought along", { ...facts, status: "mitigated", progress: gitAt("failed") }, "reconcile"],
    ["it is resolved", { ...facts, status: "mitigated", progress: gitAt("done") }, "resolve"],
    ["it is reviewed", { ...facts, status: "resolved" }, "review"],
  ] as const)("%s", (_what, given, step) => {
    expect(nextIncidentStep(given)).toBe(step);
  });
});

describe("a timeline", () => {
  const entry = (kind: TimelineEntry["kind"], at = "2026-04-12T03:52:04.000Z"): TimelineEntry => ({
    at,
    kind,
    actor: { kind: "controller", id: "controller", label: "controller" },
    text: "rolled back\nto 78a2dfb",
    href: null,
    auditSeq: 19,
  });

  test("every kind of entry is found by exactly one filter of the record", () => {
    const filters = ["acts", "decisions", "people", "signals"] as const;
    for (const kind of TIMELINE_KINDS) {
      expect(filters.filter((filter) => filterRecord([entry(kind)], filter).length === 1)).toHaveLength(1);
    }
    expect(
      filterRecord(
        TIMELINE_KINDS.map((kind) => entry(kind)),
        "all",
      ),
    ).toHaveLength(TIMELINE_KINDS.length);
  });

  it("tells a corrected note the new way, at the time it is about; the record has both as they were written", () => {
    const actor = { kind: "person", id: "p1", label: "Ana" } as const;
    const told = { at: "2026-04-12T03:50:00.000Z", text: "called the vendor", auditSeq: 24 };
    const writtenAt = "2026-04-12T04:10:00.000Z";
    const note = { ...entry("note", "2026-04-12T04:00:00.000Z"), noteId: 7, told: { ...told, actor, writtenAt } };
    const entries = [entry("opened"), note, entry("correction", writtenAt)];
    expect(storyOf(entries)).toEqual([{ ...note, ...told }, entries[0]]);
    expect(filterRecord(entries, "all")).toEqual(entries);
  });

  it("tells as the story what moved things, and everything that people added", () => {
    const kinds = storyOf(TIMELINE_KINDS.map((kind) => entry(kind))).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["opened", "alias_move", "status", "note", "pin", "role"]));
    expect(kinds).not.toContain("decision");
  });

  it("says silences of more than ten minutes, and no shorter ones", () => {
    const times = ["03:00:00", "03:10:00", "03:20:01"].map((time) => entry("note", `2026-04-12T${time}.000Z`));
    expect(withGaps(times).map(({ gapMs }) => gapMs)).toEqual([0, 0, 601_000]);
  });

  it("is quoted with its instant and its audit entry, on one line", () => {
    expect(quoteOf(entry("alias_move"))).toBe("> 03:52:04 UTC (#19): rolled back to 78a2dfb\n\n");
  });
});

describe("what a new incident is about", () => {
  it.each([
    ["a request", { requestId: "req-1", alias: "production" }, "the request req-1"],
    [
      "a chart of one segment",
      {
        metric: "error_rate",
        releaseId: "bc52d0acaa",
        segment: "region=us-west",
        from: "2026-04-12T03:00:00.000Z",
        to: "2026-04-12T04:00:00.000Z",
      },
      "the chart of error_rate in region=us-west from 2026-04-12T03:00Z to 2026-04-12T04:00Z",
    ],
  ])("is %s, from the address", (_what, query, words) => {
    const { evidence } = incidentAbout(query);
    expect(evidence === null ? null : evidenceWords(evidence)).toBe(words);
  });

  it("is nothing where the address is incomplete or given twice", () => {
    expect(incidentAbout({ metric: "error_rate", from: "x" }).evidence).toBeNull();
    expect(incidentAbout({ requestId: ["a", "b"] })).toEqual({
      evidence: null,
      alias: null,
      releaseId: null,
      title: "",
    });
  });
});

describe("unsaved text of a postmortem", () => {
  const IDS = ["summary", "impact", "cause"] as const;
  const at = (version: number, texts: Partial<Record<SectionId, string>>): Postmortem =>
    // Only these members are looked at.
    ({
      version,
      sections: IDS.map((id) => ({ id, title: id, markdown: texts[id] ?? "" })),
    }) as unknown as Postmortem;

  it("clashes only where both changed the same section, and is never lost", () => {
    const read = at(1, { summary: "as read", impact: "as read" });
    const edits = withText({ postmortem: read, edits: null }, { id: "summary", text: "mine" });
    const untouched = at(2, { summary: "as read", impact: "theirs" });
    const touched = at(2, { summary: "theirs", impact: "as read" });
    expect(edits === null ? [] : clashes(untouched, edits)).toEqual([]);
    expect((edits === null ? [] : clashes(touched, edits)).map(({ mine }) => mine)).toEqual(["mine"]);
    const next = edits === null ? null : rebased(touched, edits);
    expect(next).toMatchObject({ baseVersion: 2 });
    expect(next === null ? [] : changedSections(next)).toEqual([{ id: "summary", markdown: "mine" }]);
  });

  it("is sent only where it differs from what was read", () => {
    const read = at(1, { summary: "as read" });
    const same = withText({ postmortem: read, edits: null }, { id: "summary", text: "as read" });
    expect(same === null ? null : changedSections(same)).toEqual([]);
    expect(withText({ postmortem: read, edits: same }, { id: "summary", text: undefined })).toBeNull();
  });

  test("whatever is written and given up, what is sent is what was written last", () => {
    const step = fc.record({ id: fc.constantFrom(...IDS), text: fc.option(fc.string(), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const read = at(1, { summary: "a", impact: "b" });
        const last = new Map(steps.map(({ id, text }) => [id, text]));
        const edits = steps.reduce<Edits | null>(
          (now, change) => withText({ postmortem: read, edits: now }, change),
          null,
        );
        const sent = new Map(edits === null ? [] : changedSections(edits).map(({ id, markdown }) => [id, markdown]));
        for (const { id, markdown } of read.sections) {
          const text = last.get(id as (typeof IDS)[number]);
          expect(sent.get(id)).toBe(text === markdown ? undefined : text);
        }
      }),
    );
  });
});

describe("a route as a form holds it", () => {
  const mail: RouteDraft = {
    ...newDraft("email"),
    name: "mail",
    fields: {
      ...newDraft("email").fields,
      to: "on-call@example.org, lead@example.org",
      from: "switchback@example.org",
      host: "smtp.example.org",
      user: "switchback",
      password: "file:mail",
    },
  };

  it("becomes what the API takes, and back", () => {
    const { input } = checkedRoute(mail);
    expect(input?.settings).toEqual({
      channel: "email",
      to: ["on-call@example.org", "lead@example.org"],
      from: "switchback@example.org",
      host: "smtp.example.org",
      port: 587,
      security: "starttls",
      user: "switchback",
      password: "file:mail",
    });
    const stored = { ...input, id: "ntr_1", enabled: true, disabledReason: null } as Parameters<typeof draftOf>[0];
    expect(checkedRoute(draftOf(stored)).input).toEqual({ ...input, routeId: "ntr_1" });
  });

  it.each<[string, Partial<RouteDraft>, string]>([
    ["a missing name", { name: " " }, "name"],
    ["a secret that is typed in", { fields: { ...mail.fields, password: "hunter2" } }, "password"],
    ["a port that is none", { fields: { ...mail.fields, port: "smtp" } }, "port"],
    ["no recipient", { fields: { ...mail.fields, to: " " } }, "to"],
    ["a password without a user", { fields: { ...mail.fields, user: "" } }, "password"],
  ])("says beside the field that it has %s", (_what, change, field) => {
    expect(Object.keys(checkedRoute({ ...mail, ...change }).errors ?? {})).toContain(field);
  });
});

test("the tour leads nowhere that the story has not got to", () => {
  const before = tourSteps({ application: "deploy-assistant", incident: null, requestId: null });
  expect(before.map(({ href }) => href !== null)).toEqual([true, false, false, false, true, false]);
  const incident = { id: "inc_1", rolloutId: "rol_1", alias: "production" };
  const after = tourSteps({ application: "deploy-assistant", incident, requestId: "live-1" });
  expect(after.map(({ href }) => href)).toEqual([
    "/p/deploy-assistant",
    "/p/deploy-assistant/compare?rollout=rol_1&tab=segments",
    "/p/deploy-assistant/requests/live-1",
    "/p/deploy-assistant/incidents/inc_1",
    "/p/deploy-assistant/rollback?alias=production",
    "/p/deploy-assistant/incidents/inc_1/postmortem",
  ]);
});
