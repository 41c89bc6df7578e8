/** Postmortems as people work on them: versions, what the record adds meanwhile, actions, the way to publication. */
import { describe, expect, it, test } from "vitest";
import { addActionItem } from "@/server/control/add-action-item";
import { openIncident } from "@/server/control/open-incident";
import { savePostmortem } from "@/server/control/save-postmortem";
import { setCommander } from "@/server/control/set-commander";
import { setPostmortemStatus } from "@/server/control/set-postmortem-status";
import { updateActionItem } from "@/server/control/update-action-item";
import { findIncident, listIncidentEvents } from "@/server/store/control/incidents";
import { listOutbox } from "@/server/store/control/outbox";
import { findPostmortem, listPostmortemVersions } from "@/server/store/control/postmortems";
import { listActions } from "@/server/read/postmortem-lists";
import type { DraftInput } from "@/server/control/postmortem-core";
import { APP, newWorld, person, rows, T0, tellEverything } from "@/test/integration/control/fixtures";
import { DRAFT } from "@/test/integration/control/incident-verbs";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";

const ana = person("on_call", "ana");
const bo = person("on_call", "bo");

function desk() {
  const world = newWorld();
  world.release(1);
  const incidentId = openIncident(world.as(ana), { application: APP, title: "wrong dates" }).id;
  const save = (expectedVersion: number, summary: string, draft: DraftInput = DRAFT, who = ana) =>
    savePostmortem(world.as(who, T0 + expectedVersion + 1), {
      incidentId,
      expectedVersion,
      sections: [{ id: "summary", markdown: summary }],
      draft,
    });
  const set = (expectedVersion: number, status: "draft" | "in_review" | "published", draft: DraftInput = DRAFT) =>
    setPostmortemStatus(world.as(bo, T0 + 10 + expectedVersion), { incidentId, expectedVersion, status, draft });
  const stored = (version?: number) => findPostmortem(world.db, { incidentId, version });
  const summary = (version?: number) => stored(version)?.sections.find(({ id }) => id === "summary")?.markdown;
  return { world, incidentId, save, set, stored, summary };
}

/** The record says more than it did. */
const LATER: DraftInput = {
  ...DRAFT,
  sections: [
    { id: "summary", markdown: "- It broke and was mended.[^a1][^a2]" },
    { id: "timeline", markdown: "- It was resolved.[^a2]" },
  ],
  citations: ["a1", "a2"].map((id) => ({ id, kind: "audit", label: id, text: "an audit entry", href: null })),
};

describe("saving", () => {
  it("adds a version and leaves the one before as it was", () => {
    const { save, summary, stored } = desk();
    expect(save(0, "It was the cache.")).toMatchObject({ version: 1, status: "draft" });
    expect(save(1, "It was the feature view.[^a1]", DRAFT, bo)).toMatchObject({ version: 2 });
    expect([summary(1), summary(2), summary()]).toEqual([
      "It was the cache.",
      "It was the feature view.[^a1]",
      "It was the feature view.[^a1]",
    ]);
    expect(stored()).toMatchObject({ actorName: "bo", citations: [{ id: "a1" }] });
  });

  it("refuses what was written on an older version, and changes nothing", () => {
    const { world, save, summary } = desk();
    save(0, "Ana's text");
    const before = rows(world.db, "audit_entries");
    expect(() => save(0, "Bo's text", DRAFT, bo)).toThrow(
      expect.objectContaining({
        code: "precondition_failed",
        message: expect.stringMatching(/is at version 1, saved by ana at 2026-04-12.* not 0: read it again/),
      }),
    );
    expect(summary()).toBe("Ana's text");
    expect(rows(world.db, "audit_entries")).toBe(before);
  });

  it("keeps what the generator had written beside a text that nobody touches now", () => {
    const { save, stored } = desk();
    save(0, "Ana's text");
    const generated = () => stored()?.generated.find(({ id }) => id === "summary")?.markdown;
    expect(generated()).toBe("- It broke.[^a1]");
    save(1, "Ana's text", LATER);
    expect(generated()).toBe("- It broke.[^a1]");
    // Somebody who changes the text has seen what the record says by now.
    save(2, "Ana's new text", LATER);
    expect(generated()).toBe("- It broke and was mended.[^a1][^a2]");
  });

  it("lets a section that nobody wrote follow the record", () => {
    const { save, stored } = desk();
    save(0, "Ana's text");
    save(1, "Ana's text", LATER);
    expect(stored()?.sections.find(({ id }) => id === "timeline")?.markdown).toBe("- It was resolved.[^a2]");
    expect(stored()?.citations.map(({ id }) => id)).toEqual(["a1", "a2"]);
  });

  it("refuses a section twice, an unknown one, and one that is too long", () => {
    const { world, incidentId } = desk();
    const attempt = (sections: unknown) => () =>
      savePostmortem(world.as(ana), { incidentId, expectedVersion: 0, sections, draft: DRAFT } as never);
    const summary = { id: "summary", markdown: "x" };
    expect(attempt([summary, summary])).toThrow("section summary is there twice");
    expect(attempt([{ id: "blame", markdown: "x" }])).toThrow(/\/sections\/0\/id/);
    expect(attempt([{ id: "summary", markdown: "x".repeat(50_001) }])).toThrow(/\/sections\/0\/markdown/);
    expect(attempt([])).toThrow("give at least one section");
  });
});

describe("the way to publication", () => {
  it("is draft, review, published, each a version with its entry in the timeline", () => {
    const { world, incidentId, save, set } = desk();
    tellEverything(world);
    save(0, "Text");
    expect(set(1, "in_review")).toMatchObject({ version: 2, status: "in_review" });
    expect(set(2, "published")).toMatchObject({ version: 3, status: "published" });
    expect(listPostmortemVersions(world.db, incidentId).map(({ version, status }) => [version, status])).toEqual([
      [3, "published"],
      [2, "in_review"],
      [1, "draft"],
    ]);
    const told = listIncidentEvents(world.db, incidentId).filter(({ kind }) => kind === "postmortem");
    expect(told.map(({ text }) => text)).toEqual([
      "Postmortem version 2: in review",
      "Postmortem version 3: published",
    ]);
    const [newest] = listOutbox(world.db, { target: `notify:${APP}`, limit: 1 });
    expect(newest).toMatchObject({ kind: "postmortem.published", payload: { incidentId } });
  });

  it("keeps the record's word of that moment where nobody wrote, and does not move afterwards", () => {
    const { set, stored, save } = desk();
    set(0, "in_review");
    set(1, "published", LATER);
    const text = () => stored()?.sections.find(({ id }) => id === "summary")?.markdown;
    expect(text()).toBe("- It broke and was mended.[^a1][^a2]");
    expect(() => save(2, "quick fix")).toThrow("is published: set it back to draft to change it");
    set(2, "draft");
    expect(text()).toBe("- It broke and was mended.[^a1][^a2]");
    expect(save(3, "A correction")).toMatchObject({ version: 4, status: "draft" });
  });

  it("refuses steps there are not", () => {
    const { save, set } = desk();
    save(0, "Text");
    expect(() => set(1, "published")).toThrow("is draft and cannot become published: it may become in_review");
    expect(() => set(0, "in_review")).toThrow(expect.objectContaining({ code: "precondition_failed" }));
  });

  it("waits for an owner and a day of every open action", () => {
    const { world, incidentId, save, set } = desk();
    save(0, "Text");
    set(1, "in_review");
    const action = addActionItem(world.as(ana), { incidentId, text: "watch the parity", owner: "mira" });
    const dropped = addActionItem(world.as(ana), { incidentId, text: "rewrite it all" });
    updateActionItem(world.as(ana), { actionId: dropped.id, revision: 1, status: "dropped", reason: "too much" });
    expect(() => set(2, "published")).toThrow(
      'it cannot be published yet: the action "watch the parity" needs a due date',
    );
    updateActionItem(world.as(ana), { actionId: action.id, revision: 1, dueOn: "2026-05-01" });
    expect(set(2, "published")).toMatchObject({ status: "published" });
  });
});

describe("actions", () => {
  it("change by compare-and-set, with what was before in the audit log", () => {
    const { world, incidentId } = desk();
    const { id: actionId } = addActionItem(world.as(ana), { incidentId, text: "watch the parity" });
    const changed = updateActionItem(world.as(bo), { actionId, revision: 1, owner: "mira", dueOn: "2026-05-01" });
    expect(changed).toMatchObject({ revision: 2, owner: "mira", dueOn: "2026-05-01", type: "prevent", status: "open" });
    expect(() => updateActionItem(world.as(ana), { actionId, revision: 1, owner: "jonas" })).toThrow(
      expect.objectContaining({ code: "precondition_failed" }),
    );
    const audits = rows(world.db, "audit_entries");
    expect(updateActionItem(world.as(ana), { actionId, revision: 2, owner: "mira" })).toMatchObject({ revision: 2 });
    expect(rows(world.db, "audit_entries")).toBe(audits);
  });

  it.each([
    [{ text: " " }, "/text"],
    [{ text: "x", dueOn: "2026-02-30" }, "/dueOn"],
    [{ text: "x", dueOn: "tomorrow" }, "/dueOn"],
    [{ text: "x", link: "javascript:alert(1)" }, "/link"],
    [{ text: "x", type: "punish" }, "/type"],
  ])("refuse %j at %s", (fields, pointer) => {
    const { world, incidentId } = desk();
    const attempt = () => addActionItem(world.as(ana), { incidentId, ...fields } as never);
    expect(attempt).toThrow(
      expect.objectContaining({ issues: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
    );
  });

  it("are listed the earliest due first, overdue when their day has passed everywhere", () => {
    const { world, incidentId } = desk();
    for (const [text, dueOn] of [
      ["someday", null],
      ["later", "2026-05-02"],
      ["soon", "2026-05-01"],
    ] as const) {
      addActionItem(world.as(ana), { incidentId, text, dueOn });
    }
    const list = (at: string, overdue = false) =>
      listActions(
        { control: world.db, telemetry: new FakeTelemetry(), nowMs: Date.parse(at) },
        { application: APP, overdue, limit: 10 },
      );
    expect(list("2026-04-12T00:00:00Z").items.map(({ text }) => text)).toEqual(["soon", "later", "someday"]);
    expect(list("2026-05-02T11:59:59Z", true).items).toEqual([]);
    expect(list("2026-05-02T12:00:00Z", true)).toMatchObject({
      items: [{ text: "soon", overdue: true }],
      sentence: "1 action open, 1 overdue.",
    });
  });
});

test("taking over an incident is one call, told once", () => {
  const { world, incidentId } = desk();
  expect(setCommander(world.as(bo), { incidentId })).toEqual({ id: incidentId, commander: "bo" });
  const audits = rows(world.db, "audit_entries");
  setCommander(world.as(bo), { incidentId });
  expect(rows(world.db, "audit_entries")).toBe(audits);
  setCommander(world.as(bo), { incidentId, commander: "ana" });
  expect(findIncident(world.db, incidentId)).toMatchObject({ commander: "ana" });
  const told = listIncidentEvents(world.db, incidentId).filter(({ kind }) => kind === "role");
  expect(told.map(({ text }) => text)).toEqual(["bo leads", "ana takes over from bo"]);
});
