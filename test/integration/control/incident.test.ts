import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { correctIncidentNote } from "@/server/control/correct-incident-note";
import { listAudit } from "@/server/store/control/audit";
import { tellingOf } from "@/server/domain/incident/told";
import { openIncident } from "@/server/control/open-incident";
import { receiveAlertmanager, type ReceiveAlertmanagerInput } from "@/server/control/receive-alertmanager";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { registerRelease } from "@/server/control/register-release";
import { findIncident, listIncidentEvents, listIncidents } from "@/server/store/control/incidents";
import { APP, MINUTE_MS, newWorld, person, rows, T0, token, type World } from "./fixtures";

const onCall = person("on_call", "ana");
const alertmanager = token(["ingest"]);

/** An incident with one note, ten milliseconds after it was opened. */
function noted(): { world: World; id: string; noteId: number } {
  const world = newWorld();
  world.release(1);
  const { id } = openIncident(world.as(onCall), { application: APP, title: "wrong dates" });
  const { id: noteId } = addIncidentNote(world.as(onCall, T0 + 9), { incidentId: id, text: "only us-west" });
  return { world, id, noteId };
}

describe("an incident", () => {
  it("is opened with a first timeline entry", () => {
    const world = newWorld();
    const releaseId = world.release(1);
    const startedAt = "2026-04-11T23:50:00+00:00";
    const { id, created } = openIncident(world.as(onCall), {
      application: APP,
      title: "wrong dates",
      releaseId,
      startedAt,
    });
    expect(created).toBe(true);
    expect(findIncident(world.db, id)).toMatchObject({
      status: "open",
      severity: "major",
      startedAtMs: T0 - 10 * MINUTE_MS,
      cause: "person",
    });
    expect(listIncidentEvents(world.db, id)).toMatchObject([{ kind: "opened", text: "wrong dates", actorName: "ana" }]);
  });

  it("is the same for the same key, and opens anew when it was resolved", () => {
    const world = newWorld();
    world.release(1);
    const report = { application: APP, title: "wrong dates", dedupKey: "dates" };
    const { id } = openIncident(world.as(onCall), report);
    expect(openIncident(world.as(onCall, T0 + 1), report)).toEqual({ id, status: "open", created: false });
    setIncidentStatus(world.as(onCall, T0 + 2), { incidentId: id, status: "resolved", reason: "fixed" });
    expect(openIncident(world.as(onCall, T0 + 3), report)).toEqual({ id, status: "open", created: false });
    expect(findIncident(world.db, id)).toMatchObject({ status: "open", resolvedAtMs: null });
  });

  it("stops and restarts its clocks with its status", () => {
    const world = newWorld();
    world.release(1);
    const { id } = openIncident(world.as(onCall), { application: APP, title: "wrong dates" });
    const set = (status: "open" | "mitigated" | "resolved", atMs: number) =>
      setIncidentStatus(world.as(onCall, atMs), { incidentId: id, status, reason: "because" });
    expect(set("mitigated", T0 + 1)).toEqual({ id, status: "mitigated", mitigatedAt: T0 + 1, resolvedAt: null });
    expect(set("resolved", T0 + 2)).toEqual({ id, status: "resolved", mitigatedAt: T0 + 1, resolvedAt: T0 + 2 });
    const before = rows(world.db, "audit_entries");
    expect(set("resolved", T0 + 3)).toMatchObject({ resolvedAt: T0 + 2 });
    expect(rows(world.db, "audit_entries")).toBe(before);
    expect(() => set("mitigated", T0 + 4)).toThrow(
      expect.objectContaining({ code: "conflict", message: expect.stringContaining("may become open") }),
    );
    expect(set("open", T0 + 5)).toEqual({ id, status: "open", mitigatedAt: null, resolvedAt: null });
    expect(listIncidentEvents(world.db, id).map((event) => event.text)).toEqual([
      "wrong dates",
      "open → mitigated: because",
      "mitigated → resolved: because",
      "resolved → open: because",
    ]);
  });

  it("takes notes", () => {
    const world = newWorld();
    world.release(1);
    const { id } = openIncident(world.as(onCall), { application: APP, title: "wrong dates" });
    expect(addIncidentNote(world.as(onCall, T0 + 9), { incidentId: id, text: "only us-west" })).toMatchObject({
      at: T0 + 9,
    });
    expect(listIncidentEvents(world.db, id).at(-1)).toMatchObject({ kind: "note", text: "only us-west", auditSeq: 3 });
    const nowhere = (): unknown => addIncidentNote(world.as(onCall), { incidentId: "inc_0", text: "x" });
    expect(nowhere).toThrow(expect.objectContaining({ code: "not_found" }));
  });

  it("keeps a note as it was written when it is corrected, and every correction beside it", () => {
    const { world, id, noteId } = noted();
    const correct = (atMs: number, change: object): unknown =>
      correctIncidentNote(world.as(onCall, atMs), { incidentId: id, noteId, ...change });
    expect(correct(T0 + 20, { text: "only us-west-2" })).toEqual({
      noteId,
      incidentId: id,
      text: "only us-west-2",
      at: T0 + 9,
      correctedAt: T0 + 20,
    });
    expect(correct(T0 + 30, { at: T0 + 4 })).toMatchObject({ text: "only us-west-2", at: T0 + 4 });
    const timeline = listIncidentEvents(world.db, id);
    expect(timeline.map(({ kind, text, atMs }) => [kind, text, atMs])).toEqual([
      ["opened", "wrong dates", T0],
      ["note", "only us-west", T0 + 9],
      ["correction", "only us-west-2", T0 + 20],
      ["correction", "only us-west-2", T0 + 30],
    ]);
    const note = timeline.find((event) => event.id === noteId);
    if (note === undefined) throw new Error("the note is gone");
    expect(tellingOf(note, timeline)).toMatchObject({ text: "only us-west-2", atMs: T0 + 4 });
    expect(listAudit(world.db, { limit: 1 }).items[0]).toMatchObject({
      action: "incident.note_corrected",
      before: { noteId, text: "only us-west-2", atMs: T0 + 9 },
      after: { noteId, text: "only us-west-2", atMs: T0 + 4 },
    });
  });

  it.each([
    ["that changes nothing", { text: "only us-west" }, "invalid_input"],
    ["without a change", {}, "invalid_input"],
    ["to a time that is still to come", { at: T0 + 11 }, "invalid_input"],
    ["of an entry that there is not", { noteId: 999, text: "x" }, "not_found"],
    ["of what the record wrote itself", { noteId: 1, text: "x" }, "conflict"],
  ])("refuses a correction %s", (_, change, code) => {
    const { world, id, noteId } = noted();
    const attempt = (): unknown =>
      correctIncidentNote(world.as(onCall, T0 + 10), { incidentId: id, noteId, ...change });
    expect(attempt).toThrow(expect.objectContaining({ code }));
    expect(listIncidentEvents(world.db, id)).toHaveLength(2);
  });

  it("takes a note about an earlier time, but none about a later one", () => {
    const { world, id } = noted();
    const note = (at: number): unknown =>
      addIncidentNote(world.as(onCall, T0 + 50), { incidentId: id, text: "called the vendor", at });
    note(T0 + 40);
    const timeline = listIncidentEvents(world.db, id);
    const added = timeline.at(-1);
    if (added === undefined) throw new Error("no note");
    expect(added.atMs).toBe(T0 + 50);
    expect(tellingOf(added, timeline).atMs).toBe(T0 + 40);
    expect(() => note(T0 + 51)).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });

  it("needs an application that is known", () => {
    const attempt = (): unknown => openIncident(newWorld().as(onCall), { application: APP, title: "x" });
    expect(attempt).toThrow(expect.objectContaining({ code: "not_found" }));
  });
});

const CAPTURED = readFileSync(join(import.meta.dirname, "../../fixtures/alertmanager/webhook-v0.25.0.ndjson"), "utf8");
/** The webhook bodies that a real Alertmanager 0.25.0 sent: one firing, one resolved. */
const [FIRING, RESOLVED] = CAPTURED.trim()
  .split("\n")
  .map((line) => (JSON.parse(line) as { b: ReceiveAlertmanagerInput }).b);

describe("Alertmanager's webhook", () => {
  function worldWithRelease(): World {
    const world = newWorld();
    const components = { prompt: "support@2.8", model: "lora@1.9", feature_view: "releases@5" };
    registerRelease(world.as(token(["ci"])), { application: APP, components });
    return world;
  }
  const receive = (world: World, body: ReceiveAlertmanagerInput | undefined, atMs = T0) => {
    if (body === undefined) throw new Error("the captured file has two lines");
    return receiveAlertmanager(world.as(alertmanager, atMs), body);
  };
  const alert = (labels: Record<string, string>, change: object = {}): ReceiveAlertmanagerInput => ({
    version: "4",
    alerts: [
      { status: "firing", labels, startsAt: "2026-04-12T00:00:00Z", fingerprint: JSON.stringify(labels), ...change },
    ],
  });

  it("opens one incident for a captured alert, finds its application by the release, and resolves it", () => {
    const world = worldWithRelease();
    const first = receive(world, FIRING);
    expect(first).toMatchObject({ accepted: 1, duplicates: 0, rejected: [] });
    const [id = ""] = first.incidents;
    expect(findIncident(world.db, id)).toMatchObject({
      application: APP,
      alias: "production",
      releaseId: "f91be2a454",
      severity: "critical",
      cause: "alert",
      status: "open",
      title: "LLMReleaseThresholdBreach: p95_ttft_ms=910 exceeds max 850 over 5m",
      startedAtMs: Date.UTC(2026, 10, 24, 3, 3, 15),
    });
    expect(receive(world, FIRING, T0 + 1)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(receive(world, RESOLVED, T0 + 2)).toMatchObject({ incidents: [id], accepted: 1 });
    expect(findIncident(world.db, id)).toMatchObject({ status: "resolved", resolvedAtMs: T0 + 2 });
    expect(receive(world, RESOLVED, T0 + 3)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(rows(world.db, "incidents")).toBe(1);
    expect(rows(world.db, "audit_entries")).toBe(3);
  });

  it("opens another incident when the alert fires anew", () => {
    const world = worldWithRelease();
    receive(world, alert({ alertname: "Slow" }));
    receive(world, alert({ alertname: "Slow" }, { startsAt: "2026-04-12T05:00:00Z" }));
    expect(listIncidents(world.db, { limit: 9 }).items).toHaveLength(2);
  });

  it("adds to the open incident about the release, and leaves closing that to people", () => {
    const world = worldWithRelease();
    const { id } = openIncident(world.as(onCall), { application: APP, title: "wrong", releaseId: "f91be2a454" });
    expect(receive(world, FIRING).incidents).toEqual([id]);
    receive(world, RESOLVED, T0 + 1);
    expect(findIncident(world.db, id)?.status).toBe("open");
    expect(listIncidentEvents(world.db, id).map((event) => event.kind)).toEqual(["opened", "alert", "alert"]);
  });

  it("resolves an incident only when all its alerts are", () => {
    const world = worldWithRelease();
    const slow = { alertname: "Slow", release_id: "f91be2a454" };
    const wrong = { alertname: "Wrong", release_id: "f91be2a454" };
    const [id = ""] = receive(world, alert(slow)).incidents;
    expect(receive(world, alert(wrong), T0 + 1).incidents).toEqual([id]);
    receive(world, alert(slow, { status: "resolved" }), T0 + 2);
    expect(findIncident(world.db, id)?.status).toBe("open");
    receive(world, alert(wrong, { status: "resolved" }), T0 + 3);
    expect(findIncident(world.db, id)?.status).toBe("resolved");
  });

  it("refuses an alert that belongs nowhere, saying what to add, and takes the others", () => {
    const world = worldWithRelease();
    world.release(1, { application: "other-app" });
    const homeless = alert({ alertname: "Slow" });
    expect(() => receive(world, homeless)).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringContaining("add the label application") }),
    );
    const both = { version: "4" as const, alerts: [...homeless.alerts, ...alert({ application: "other-app" }).alerts] };
    expect(receive(world, both)).toMatchObject({ accepted: 1, rejected: [{ index: 0, pointer: "/alerts/0/labels" }] });
  });

  it("does not guess for an alert that names an application which is not there", () => {
    const world = worldWithRelease();
    const attempt = (): unknown => receive(world, alert({ application: "other-app", release_id: "f91be2a454" }));
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });

  it("ignores the end of an alert that it never heard of", () => {
    const world = worldWithRelease();
    expect(receive(world, RESOLVED)).toMatchObject({ accepted: 0, duplicates: 1, incidents: [] });
    expect(rows(world.db, "incidents")).toBe(0);
  });

  it("refuses another version of the payload", () => {
    const world = worldWithRelease();
    const attempt = (): unknown => receive(world, { version: "3", alerts: [] } as unknown as ReceiveAlertmanagerInput);
    expect(attempt).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ pointer: "/version" })] }));
  });
});
