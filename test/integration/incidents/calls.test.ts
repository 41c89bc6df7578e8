/** Postmortems, actions, pins and notification routes over the JSON API. */
import { beforeEach, describe, expect, test } from "vitest";
import { startApi, type ApiServer } from "@/test/integration/api/api-server";
import { APP, T0 } from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";

let api: ApiServer;
let onCall: string;
let admin: string;
let incidentId: string;

beforeEach(async () => {
  api = await startApi();
  onCall = api.tokenFor({ role: "on_call" });
  admin = api.tokenFor({ role: "admin" });
  const releaseId = api.world.release(1);
  const facts = { releaseId, region: "eu", taskCompleted: false } as const;
  api.telemetry.add(
    request({ requestId: "r-1", timeMs: T0 - 60_000, ...facts }),
    request({ requestId: "r-2", timeMs: T0 - 30_000, ...facts, taskCompleted: true }),
  );
  const body = {
    application: APP,
    title: "Answers in the wrong language",
    releaseId,
    startedAt: "2026-04-11T23:58:00Z",
  };
  incidentId = ((await send("POST", "/api/v1/incidents", body)).json as { id: string }).id;
});

const send = (method: string, path: string, body?: unknown, token = onCall) =>
  api.call(method, path, { token, ...(body === undefined ? {} : { body }) });
/** The sections of an answer by their ids: text, and the states of its lines. */
function listSections(view: unknown): Record<string, { markdown: string; states: string[] }> {
  const { sections } = view as { sections: { id: string; markdown: string; lines: { state: string }[] }[] };
  return Object.fromEntries(
    sections.map(({ id, markdown, lines }) => [id, { markdown, states: lines.map(({ state }) => state) }]),
  );
}

const of = (rest: string): string => `/api/v1/incidents/${incidentId}${rest}`;

test("a postmortem is saved, refused on an older version, published and exported", async () => {
  const sections = [{ id: "luck", markdown: "It was a Sunday." }];
  const saved = await send("PUT", of("/postmortem"), { expectedVersion: 0, sections });
  expect(saved).toMatchObject({ status: 200, json: { incidentId, version: 1, status: "draft" } });
  const stale = await send("PUT", of("/postmortem"), { expectedVersion: 0, sections });
  expect(stale).toMatchObject({ status: 412, json: { detail: expect.stringContaining("is at version 1") } });
  // What the record says is read by the server: a client cannot send its own.
  const forged = await send("PUT", of("/postmortem"), { expectedVersion: 1, sections, draft: { sections: [] } });
  expect(forged).toMatchObject({ status: 400, json: { errors: [{ pointer: "/draft" }] } });
  await send("PUT", of("/postmortem/status"), { expectedVersion: 1, status: "in_review" });
  const added = await send("POST", of("/actions"), { text: "watch the language", type: "detect" });
  expect(added).toMatchObject({ status: 201, json: { status: "open", revision: 1, owner: null } });
  const early = await send("PUT", of("/postmortem/status"), { expectedVersion: 2, status: "published" });
  expect(early).toMatchObject({ status: 412, json: { detail: expect.stringContaining("an owner and a due date") } });
  const { id } = added.json as { id: string };
  await send("PUT", `/api/v1/actions/${id}`, { revision: 1, owner: "mira", dueOn: "2026-05-01" });
  const published = await send("PUT", of("/postmortem/status"), { expectedVersion: 2, status: "published" });
  expect(published).toMatchObject({ status: 200, json: { version: 3, status: "published" } });
  const view = await send("GET", of("/postmortem"));
  expect(view.json).toMatchObject({
    version: 3,
    savedAt: "2026-04-12T00:00:00.000Z",
    nextStatuses: ["draft"],
    actions: [{ owner: "mira", overdue: false }],
  });
  expect((await send("GET", "/api/v1/incidents")).json).toMatchObject({
    items: [{ id: incidentId, postmortem: { version: 3, status: "published" } }],
  });
  expect(listSections(view.json)["luck"]).toEqual({ markdown: "It was a Sunday.", states: ["no_evidence"] });
  const old = await send("GET", of("/postmortem?version=1"));
  expect(old.json).toMatchObject({ version: 1, status: "draft" });
  expect((await send("GET", of("/postmortem?format=markdown"))).text).toContain("published, version 3");
  expect(await send("GET", of("/postmortem?version=9"))).toMatchObject({ status: 404 });
  expect((await send("GET", of("/postmortem/versions"))).json).toMatchObject({
    items: [{ version: 3, status: "published" }, { version: 2 }, { version: 1 }],
  });
  expect((await send("GET", "/api/v1/actions?overdue=false")).json).toMatchObject({ items: [{ id }] });
});

test("a note is corrected; the record keeps what it said, and the postmortem tells it the new way", async () => {
  const note = await send("POST", of("/notes"), { text: "called the vendro" });
  expect(note).toMatchObject({ status: 201 });
  const { id: noteId, at: recorded } = note.json as { id: number; at: string };
  const at = "2026-04-11T23:58:30.000Z";
  const corrected = await send("PUT", of(`/notes/${noteId}`), { text: "called the vendor", at });
  expect(corrected).toMatchObject({ status: 200, json: { noteId, text: "called the vendor", at } });
  const { timeline } = (await send("GET", of(""))).json as { timeline: { kind: string; noteId?: number }[] };
  expect(timeline.find((entry) => entry.noteId === noteId)).toMatchObject({
    at: recorded,
    text: "called the vendro",
    told: { at, text: "called the vendor", actor: { label: "test token" } },
  });
  expect(timeline.findLast(({ kind }) => kind === "correction")).toMatchObject({
    text: expect.stringMatching(/^Note of .* corrected, about .*: called the vendor$/),
  });
  const draft = await send("GET", of("/postmortem?format=markdown"));
  expect(draft.text).toMatch(/23:58:30.*called the vendor/);
  expect(draft.text).not.toContain("vendro");
  expect(await send("PUT", of("/notes/vendor"), { text: "x" })).toMatchObject({ status: 400 });
  expect(await send("PUT", of("/notes/999999"), { text: "x" })).toMatchObject({ status: 404 });
});

test("an incident has a lead, pins, its impact and its requests", async () => {
  expect(await send("PUT", of("/commander"), {})).toMatchObject({ status: 200, json: { commander: "test token" } });
  expect((await send("GET", of(""))).json).toMatchObject({ commander: "test token" });
  const pin = await send("POST", of("/pins"), { note: "look", evidence: { kind: "request", requestId: "r-1" } });
  expect(pin).toMatchObject({ status: 201 });
  const unknown = await send("POST", of("/pins"), { evidence: { kind: "request", requestId: "none" } });
  expect(unknown).toMatchObject({ status: 404 });
  const timeline = ((await send("GET", of(""))).json as { timeline: { kind: string }[] }).timeline;
  expect(timeline.find(({ kind }) => kind === "pin")).toMatchObject({
    text: "look (request r-1)",
    evidence: { kind: "request", request: { requestId: "r-1", time: "2026-04-11T23:59:00.000Z" } },
  });
  expect((await send("GET", of("/impact"))).json).toMatchObject({
    requests: 2,
    rows: [{ metric: "task_completion_rate" }, {}],
  });
  expect((await send("GET", of("/blame"))).json).toBeNull();
  const lines = (await send("GET", of("/requests"))).text.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { requestId: string }).requestId)).toEqual(["r-2", "r-1"]);
  const csv = await send("GET", of("/requests?format=csv&bad=true"));
  expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(
    csv.text
      .trim()
      .split("\n")
      .map((line) => line.split(",")[0]),
  ).toEqual(["requestId", "r-1"]);
  expect(await send("GET", "/api/v1/incidents/inc_none/requests")).toMatchObject({ status: 404 });
});

describe("notification routes", () => {
  const chat = { name: "chat", settings: { channel: "slack", url: "file:slack" } };
  const put = (body: unknown) => send("PUT", "/api/v1/notifications/routes", body, admin);

  test("are put, tested, switched, listed and removed", async () => {
    const { id } = (await put(chat)).json as { id: string };
    expect((await put({ ...chat, routeId: id, name: "on-call chat" })).json).toMatchObject({
      id,
      name: "on-call chat",
    });
    expect(await send("POST", `/api/v1/notifications/routes/${id}/test`, {}, admin)).toMatchObject({ status: 201 });
    expect((await send("GET", "/api/v1/notifications/deliveries")).json).toMatchObject({
      items: [{ routeId: id, routeName: "on-call chat", kind: "route.tested", state: "waiting" }],
    });
    await send("PUT", `/api/v1/notifications/routes/${id}/enabled`, { enabled: false, reason: "holidays" }, admin);
    expect((await send("GET", "/api/v1/notifications/routes")).json).toMatchObject({
      items: [{ health: { state: "off", waiting: 1 }, sentence: "on-call chat is switched off: holidays." }],
    });
    const removed = await send("DELETE", `/api/v1/notifications/routes/${id}`, { reason: "not needed" }, admin);
    expect(removed).toMatchObject({ status: 200 });
    expect((await send("GET", "/api/v1/notifications/routes")).json).toMatchObject({ items: [] });
  });

  test.each([
    [
      { ...chat, settings: { channel: "slack", url: "https://hooks.slack.com/services/T0/B0/secret" } },
      "/settings/url",
    ],
    [{ ...chat, settings: { channel: "slack", url: "env:SWITCHBACK_TOKEN" } }, "/settings/url"],
    [{ ...chat, settings: { channel: "slack", url: "file:../auth-secret" } }, "/settings/url"],
    [{ ...chat, settings: { channel: "webhook", url: "ftp://x.example", secret: "file:s" } }, "/settings/url"],
    [{ ...chat, settings: { channel: "carrier pigeon" } }, "/settings/channel"],
    [{ ...chat, kinds: ["incident.eaten"] }, "/kinds/0"],
    [{ ...chat, minSeverity: "loud" }, "/minSeverity"],
    [{ ...chat, colour: "red" }, "/colour"],
  ])("refuse %j at %s", async (body, pointer) => {
    const answer = await put(body);
    expect(answer).toMatchObject({ status: 400, json: { errors: [expect.objectContaining({ pointer })] } });
    expect(answer.text).not.toContain("T0/B0/secret");
  });
});
