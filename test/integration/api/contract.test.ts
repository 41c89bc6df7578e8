/** The published interface, call by call: one release's way from registration to its rollback, as a gateway and CI see it. */
import { beforeEach, describe, expect, test } from "vitest";
import { subjectBucket } from "@/server/domain/rollout/assignment";
import { T0 } from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";
import { startApi, type Answer, type ApiServer } from "./api-server";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const RELEASE_ID = expect.stringMatching(/^[0-9a-f]{10}$/);
const APP = "/api/v1/applications/deploy-assistant";
const POLICY = `
thresholds:
  p95_ttft_ms: { max: 850, window: 5m, consecutive: 3, min_requests: 100, action: rollback }
steps:
  - { canary: 10%, min_requests: 100 }
  - { approval: { required: 1 } }
`;

let api: ApiServer;
let tokens: Record<"ci" | "gateway" | "read" | "onCall" | "manager" | "other", string>;
let control: string;
let candidate: string;

beforeEach(async () => {
  api = await startApi();
  tokens = {
    ci: api.tokenFor({ scopes: ["ci"] }),
    gateway: api.tokenFor({ scopes: ["gateway"] }),
    read: api.tokenFor({ scopes: ["read"] }),
    onCall: api.tokenFor({ role: "on_call" }),
    manager: api.tokenFor({ role: "release_manager" }),
    other: api.tokenFor({ role: "release_manager" }),
  };
  control = await register("deploy@1");
  api.clock.nowMs += 1_000;
  candidate = await register("deploy@2");
  const yaml = { "content-type": "application/yaml" };
  await api.call("PUT", "/api/v1/policies/tenth", { token: tokens.manager, headers: yaml, body: POLICY });
  await api.call("PUT", `${APP}/aliases/production`, {
    token: tokens.manager,
    body: { releaseId: control, reason: "first release" },
  });
});

async function register(prompt: string): Promise<string> {
  const { json } = await api.call("POST", "/api/v1/releases", {
    token: tokens.ci,
    body: {
      application: "deploy-assistant",
      components: { prompt, model: "m@1" },
      gitCommit: "4f2c9a1",
      author: "Ana <ana@example.org>",
      labels: { note: "test" },
    },
  });
  return (json as { releaseId: string }).releaseId;
}

function start(): Promise<Answer> {
  const body = { application: "deploy-assistant", alias: "production", candidate, policy: "tenth" };
  return api.call("POST", "/api/v1/rollouts", { token: tokens.ci, body });
}

const idOf = ({ json }: Answer): string => (json as { id: string }).id;

describe("releases", () => {
  test("manifest and difference", async () => {
    const manifest = await api.call("GET", `/api/v1/releases/${candidate}`, { token: tokens.read });
    expect(manifest.json).toMatchObject({
      releaseId: candidate,
      application: "deploy-assistant",
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      components: { prompt: "deploy@2", model: "m@1" },
      provenance: [{ gitCommit: "4f2c9a1", author: "Ana <ana@example.org>", registeredAt: TIME }],
    });
    const diff = await api.call("GET", `/api/v1/releases/${control}/diff/${candidate}`, { token: tokens.read });
    expect(diff.json).toMatchObject({
      added: [],
      removed: [],
      changed: [{ kind: "prompt", from: "deploy@1", to: "deploy@2" }],
    });
    const list = await api.call("GET", "/api/v1/releases?application=deploy-assistant&limit=1", { token: tokens.read });
    expect(list.json).toMatchObject({ items: [{ release: { releaseId: candidate } }], nextCursor: expect.any(String) });
  });

  test("golden-set results and the gate on them", async () => {
    const submit = (releaseId: string, results: object) =>
      api.call("POST", `/api/v1/releases/${releaseId}/evaluations`, {
        token: tokens.ci,
        body: { suite: "golden", results },
      });
    expect(await submit(control, { quality: 0.84, tokens: 700 })).toMatchObject({
      status: 201,
      json: { id: expect.any(Number) },
    });
    await submit(candidate, { quality: 0.8, tokens: 710 });
    const gate = await api.call("POST", "/api/v1/gates", {
      token: tokens.ci,
      body: { application: "deploy-assistant", baseline: control, candidate, limits: { quality: { improve: true } } },
    });
    expect(gate).toMatchObject({ status: 200, json: { promote: false } });
    const { checks } = gate.json as { checks: { name: string }[] };
    expect(checks.find(({ name }) => name === "quality")).toEqual({
      tier: expect.any(String),
      name: "quality",
      passed: false,
      observed: 0.8,
      limit: 0.84,
      message: expect.stringContaining("quality"),
    });
  });
});

describe("a rollout", () => {
  test("starts, is read, and serves a tenth of the subjects", async () => {
    const started = await start();
    expect(started).toMatchObject({
      status: 201,
      json: {
        id: expect.stringMatching(/^rol_/),
        state: "canary",
        step: { index: 0, percentage: 10 },
        decision: "continue",
        evidence: [],
        waitingFor: expect.any(Array),
      },
    });
    const read = await api.call("GET", `/api/v1/rollouts/${idOf(started)}`, { token: tokens.ci });
    expect(read.json).toMatchObject({ id: idOf(started), state: "canary" });
    const assigned = await api.call("GET", `${APP}/assignment?subject=ada`, { token: tokens.gateway });
    expect(assigned.json).toEqual({
      track: "control",
      releaseId: control,
      bucket: subjectBucket("ada"),
      percentage: 10,
      rolloutId: idOf(started),
      shadow: null,
    });
    const second = await start();
    expect(second).toMatchObject({ status: 409 });
  });

  test("is paused, resumed and aborted with a reason, and refuses without one", async () => {
    const path = `/api/v1/rollouts/${idOf(await start())}`;
    const answer = (verb: string, body: object, token = tokens.manager) =>
      api.call("POST", `${path}/${verb}`, { token, body });
    expect(await answer("pause", {})).toMatchObject({ status: 400, json: { errors: [{ pointer: "/reason" }] } });
    expect(await answer("pause", { reason: "look closer" }, tokens.onCall)).toMatchObject({
      json: { state: "paused" },
    });
    expect(await answer("resume", { reason: "fine" })).toMatchObject({ json: { state: "canary" } });
    expect(await answer("approve", { reason: "too early" })).toMatchObject({ status: 409 });
    expect(await answer("abort", { reason: "not now" })).toMatchObject({ json: { state: "aborted", endedAt: TIME } });
    expect(await answer("abort", { reason: "again" })).toMatchObject({ status: 409 });
  });

  test("answers Argo's web metric with 200 before there is evidence", async () => {
    const id = idOf(await start());
    const analysis = await api.call("GET", `/api/v1/rollouts/${id}/analysis`, { token: tokens.ci });
    expect(analysis).toMatchObject({
      status: 200,
      json: {
        data: {
          verdict: "inconclusive",
          decision: "continue",
          violations: [],
          waitingFor: expect.any(Array),
          policy: "tenth@1",
          url: expect.stringContaining(id),
        },
      },
    });
    const kept = await api.call("GET", `/api/v1/rollouts/${id}/evaluations`, { token: tokens.read });
    expect(kept.json).toEqual({ items: [] });
  });
});

describe("a rollback", () => {
  test("goes back to known good, opens an incident, and answers a second click with the same", async () => {
    await api.call("PUT", `${APP}/aliases/production`, {
      token: tokens.manager,
      body: { releaseId: candidate, reason: "ship" },
    });
    const preview = await api.call("GET", `${APP}/rollback?alias=production`, { token: tokens.read });
    expect(preview.json).toMatchObject({
      revision: 2,
      from: { releaseId: candidate },
      target: { release: { releaseId: control } },
    });
    const roll = () =>
      api.call("POST", `${APP}/rollback`, { token: tokens.onCall, body: { reason: "answers are wrong", revision: 2 } });
    const done = await roll();
    expect(done).toMatchObject({
      status: 200,
      json: {
        fromReleaseId: candidate,
        toReleaseId: control,
        incidentId: expect.stringMatching(/^inc_/),
        auditId: expect.any(Number),
        revision: 3,
      },
    });
    expect((await roll()).json).toEqual(done.json);
    const { incidentId } = done.json as { incidentId: string };
    const incident = await api.call("GET", `/api/v1/incidents/${incidentId}`, { token: tokens.read });
    expect(incident.json).toMatchObject({
      id: incidentId,
      application: "deploy-assistant",
      timeline: expect.any(Array),
    });
    expect(await api.call("GET", `/api/v1/incidents/${incidentId}/rollback`, { token: tokens.read })).toMatchObject({
      json: { incidentId },
    });
    const draft = await api.call("GET", `/api/v1/incidents/${incidentId}/postmortem?format=markdown`, {
      token: tokens.read,
    });
    expect(draft.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(draft.text).toContain("| prompt | deploy@1 | deploy@2 |");
    expect(draft.text).toMatch(/\| 2026-04-12 00:00:01 \| alias move \| .* \| \[\^a\d+\] \|/);
    const data = await api.call("GET", `/api/v1/incidents/${incidentId}/postmortem`, { token: tokens.read });
    expect(data.json).toMatchObject({
      incident: { id: incidentId },
      version: 0,
      clocks: expect.arrayContaining([expect.objectContaining({ name: "started", at: null })]),
      sections: expect.arrayContaining([expect.objectContaining({ id: "summary", generated: true })]),
    });
    const page = await api.call("GET", `/api/v1/incidents/${incidentId}/postmortem?format=html`, {
      token: tokens.read,
    });
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.text).toMatch(/^<!doctype html>/);
    const history = await api.call("GET", `${APP}/aliases/production/history?at=2026-04-12T00:00:01Z`, {
      token: tokens.read,
    });
    expect(history.json).toMatchObject({
      items: [{ revision: 3, cause: "rollback" }, { revision: 2 }, { revision: 1 }],
      inForce: { revision: 3 },
    });
  });
});

describe("incidents", () => {
  test("are opened, noted, resolved and listed", async () => {
    const body = { application: "deploy-assistant", title: "Answers in the wrong language" };
    const opened = await api.call("POST", "/api/v1/incidents", { token: tokens.onCall, body });
    expect(opened).toMatchObject({ status: 201, json: { status: "open" } });
    const path = `/api/v1/incidents/${idOf(opened)}`;
    expect(await api.call("POST", `${path}/notes`, { token: tokens.onCall, body: { text: "looking" } })).toMatchObject({
      status: 201,
    });
    expect(
      await api.call("PUT", `${path}/status`, { token: tokens.onCall, body: { status: "resolved", reason: "done" } }),
    ).toMatchObject({
      json: { status: "resolved", resolvedAt: TIME },
    });
    const list = await api.call("GET", "/api/v1/incidents?application=deploy-assistant&status=resolved", {
      token: tokens.read,
    });
    expect(list.json).toMatchObject({ items: [{ id: idOf(opened), status: "resolved" }] });
  });

  test("come from Alertmanager's webhook too", async () => {
    const alert = {
      status: "firing",
      labels: { alertname: "SlowAnswers", application: "deploy-assistant", severity: "critical" },
      annotations: { summary: "p95 is high" },
      startsAt: "2026-04-12T00:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      fingerprint: "abc123",
    };
    const body = { version: "4", status: "firing", receiver: "switchback", alerts: [alert] };
    const token = api.tokenFor({ scopes: ["ingest"] });
    const answer = await api.call("POST", "/api/v1/alerts/alertmanager", { token, body });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 1, incidents: [expect.stringMatching(/^inc_/)] } });
  });
});

test("fingerprints of both sides give the parity", async () => {
  const report = (side: string, config: object) =>
    api.call("POST", "/api/v1/features/fingerprints", {
      token: tokens.ci,
      body: { application: "deploy-assistant", view: "releases", side, config },
    });
  expect(await report("offline", { normalize: "l2" })).toMatchObject({ status: 200, json: { equal: null } });
  expect(await report("online", { normalize: "none" })).toMatchObject({ json: { equal: false } });
  expect(await report("online", { normalize: "l2" })).toMatchObject({ json: { equal: true } });
});

describe("telemetry", () => {
  beforeEach(() => {
    for (let n = 0; n < 3; n++) {
      api.telemetry.add(
        request({
          requestId: `r${n}`,
          timeMs: T0 - 60_000 + n * 1000,
          releaseId: control,
          region: "us-west",
          segments: { region: "us-west" },
          ttftMs: 400 + n,
        }),
      );
    }
  });

  test("requests are listed newest first, filtered and paged, and traced to the manifest", async () => {
    const list = (query: string) =>
      api.call("GET", `/api/v1/requests?application=deploy-assistant${query}`, { token: tokens.read });
    expect((await list("&segment=region=us-west&from=2026-04-11T23:59:00.500Z")).json).toMatchObject({
      items: [{ requestId: "r2", time: TIME }, { requestId: "r1" }],
    });
    expect((await list("&segment=region")).json).toMatchObject({ errors: [{ pointer: "/segment" }] });
    const trace = await api.call("GET", "/api/v1/requests/r1", { token: tokens.read });
    expect(trace.json).toMatchObject({
      request: { requestId: "r1" },
      release: { ref: { releaseId: RELEASE_ID }, components: { prompt: "deploy@1" } },
      aliasMove: null,
      rollout: null,
      approvals: [],
      gates: [],
      counterpart: null,
    });
    expect(await api.call("GET", "/api/v1/requests/none", { token: tokens.read })).toMatchObject({ status: 404 });
  });

  test("a metric is a series of windows with count, value and interval", async () => {
    const answer = await api.call(
      "GET",
      `/api/v1/windows?application=deploy-assistant&metric=p50_ttft_ms&window=1m&from=${T0 - 120_000}&to=${T0}`,
      { token: tokens.read },
    );
    expect(answer.json).toMatchObject({
      metric: "p50_ttft_ms",
      windowMs: 60_000,
      items: [
        { count: 0, value: null },
        { count: 3, value: expect.closeTo(401, -1), lower: null, upper: null },
      ],
    });
    expect(await api.call("GET", "/api/v1/windows?application=a&metric=speed", { token: tokens.read })).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: "/metric" }] },
    });
  });

  test("the overview and the comparison answer", async () => {
    const overview = await api.call("GET", `${APP}/overview`, { token: tokens.read });
    expect(overview.json).toMatchObject({
      application: { id: "deploy-assistant" },
      aliases: [{ alias: "production", release: { releaseId: control } }],
    });
    const id = idOf(await start());
    const compare = await api.call("GET", `/api/v1/compare?rolloutId=${id}`, { token: tokens.read });
    expect(compare).toMatchObject({
      status: 200,
      json: { candidate: { releaseId: candidate }, control: { releaseId: control } },
    });
  });
});
