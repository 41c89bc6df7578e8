/** The JSON API: what it answers, and how it refuses. */
import { describe, expect, test } from "vitest";
import { open } from "@/test/integration/control/fixtures";
import { sendAllThenRead } from "@/test/integration/harness/patient-client";
import { startApi } from "./api-server";

const RELEASE = { application: "deploy-assistant", components: { prompt: "deploy@1", model: "m@2" } };

describe("answers", () => {
  test("a new release is 201 with its id, a known one 200 with the same", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    const first = await api.call("POST", "/api/v1/releases", { token, body: RELEASE });
    const again = await api.call("POST", "/api/v1/releases", { token, body: RELEASE });
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({ releaseId: expect.stringMatching(/^[0-9a-f]{10}$/), created: true });
    expect(again.status).toBe(200);
    expect(again.json).toEqual({ ...(first.json as object), created: false });
  });

  test("path, query and body become one input; numbers in a query are numbers", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "admin" });
    await api.call("PUT", "/api/v1/applications/deploy-assistant", { token, body: { displayName: "DeployBuddy" } });
    const list = await api.call("GET", "/api/v1/audit?after=1&limit=1", { token });
    expect(list.status).toBe(200);
    expect(list.json).toMatchObject({ items: [{ seq: 2, action: "application.put", at: "2026-04-12T00:00:00.000Z" }] });
  });

  test("a policy is put as YAML or JSON, and its pointers lead into the document itself", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "release_manager" });
    const yaml =
      "thresholds:\n  p95_ttft_ms: { max: 850, window: 5m, action: rollback }\nsteps:\n  - { canary: 10% }\n";
    const put = await api.call("PUT", "/api/v1/policies/strict", {
      token,
      headers: { "content-type": "application/yaml" },
      body: yaml,
    });
    expect(put.status).toBe(200);
    expect(put.json).toMatchObject({ name: "strict", version: 1 });
    const wrong = await api.call("PUT", "/api/v1/policies/strict", {
      token,
      body: { thresholds: { p95_ttft_ms: { max: "fast", window: "5m", action: "rollback" } } },
    });
    expect(wrong.status).toBe(400);
    expect(wrong.json).toMatchObject({ errors: [{ pointer: "/thresholds/p95_ttft_ms/max" }] });
  });

  test("HEAD answers as GET, without a body", async () => {
    const api = await startApi();
    const answer = await api.call("HEAD", "/api/v1/me", { token: api.tokenFor({ scopes: ["read"] }) });
    expect(answer).toMatchObject({ status: 200, text: "" });
  });
});

describe("refusals are problem documents that name the remedy", () => {
  const cases: [
    string,
    { method: string; path: string; status: number; body?: unknown; headers?: Record<string, string>; says: RegExp },
  ][] = [
    [
      "a missing field, with its pointer",
      {
        method: "POST",
        path: "/api/v1/releases",
        body: { application: "a" },
        status: 400,
        says: /"pointer":"\/components"/,
      },
    ],
    [
      "an unknown key, with the one meant",
      {
        method: "POST",
        path: "/api/v1/releases",
        body: { ...RELEASE, gitcommit: "x" },
        status: 400,
        says: /\/gitcommit.*did you mean gitCommit/,
      },
    ],
    [
      "JSON that does not parse",
      {
        method: "POST",
        path: "/api/v1/releases",
        body: "{",
        headers: { "content-type": "application/json" },
        status: 400,
        says: /not valid JSON/,
      },
    ],
    [
      "text that is not UTF-8 is refused as such",
      {
        method: "POST",
        path: "/api/v1/releases",
        body: "[1]",
        status: 400,
        headers: { "content-type": "application/json" },
        says: /must be an object/,
      },
    ],
    [
      "a media type it cannot read",
      {
        method: "POST",
        path: "/api/v1/releases",
        body: "a=b",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        status: 415,
        says: /application\/json/,
      },
    ],
    [
      "a compressed body",
      {
        method: "POST",
        path: "/api/v1/releases",
        body: "{}",
        headers: { "content-encoding": "gzip" },
        status: 415,
        says: /gzip/,
      },
    ],
    ["a path that is not there", { method: "GET", path: "/api/v1/nothing", status: 404, says: /openapi\.json/ }],
    ["a method the path does not have", { method: "DELETE", path: "/api/v1/gates", status: 405, says: /POST/ }],
    [
      "a field that contradicts the path",
      { method: "PUT", path: "/api/v1/applications/a", body: { application: "b" }, status: 400, says: /\/application/ },
    ],
    [
      "a bad escape in the path",
      { method: "GET", path: "/api/v1/policies/%E0", status: 400, says: /percent-encoding/ },
    ],
    [
      "a query value of the wrong type",
      { method: "GET", path: "/api/v1/audit?limit=many", status: 400, says: /\/limit/ },
    ],
    [
      "an unknown query parameter",
      { method: "GET", path: "/api/v1/audit?limt=3", status: 400, says: /did you mean limit/ },
    ],
    [
      "a query parameter given twice",
      { method: "GET", path: "/api/v1/audit?limit=1&limit=2", status: 400, says: /give it once/ },
    ],
    [
      "an entity that is not there",
      { method: "GET", path: "/api/v1/policies/none", status: 404, says: /no policy none/ },
    ],
    [
      "a name out of shape",
      { method: "PUT", path: "/api/v1/applications/No%20Slug", body: {}, status: 400, says: /slug/ },
    ],
  ];

  test.each(cases)("%s", async (_, { method, path, status, says, ...options }) => {
    const api = await startApi();
    const answer = await api.call(method, path, { token: api.tokenFor({ role: "admin" }), ...options });
    expect(answer.text).toMatch(says);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json).toMatchObject({
      type: expect.stringMatching(/^urn:switchback:problem:/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      requestId: answer.headers.get("x-request-id"),
    });
    expect(answer.headers.get("allow")).toBe(status === 405 ? "POST" : null);
  });

  test("a body over the limit is refused before it is read to its end", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    const body = JSON.stringify({ ...RELEASE, labels: { text: "x".repeat(8 * 1024 * 1024) } });
    const headers = { "content-type": "application/json" };
    const answer = await api.call("POST", "/api/v1/releases", { token, body, headers });
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ detail: expect.stringContaining("8388608") });
  });

  test("a client that sends everything before it reads gets the refusal too", async () => {
    const api = await startApi();
    const headers = { authorization: `Bearer ${api.tokenFor({ scopes: ["ci"] })}`, "content-type": "application/json" };
    const answer = await sendAllThenRead(`${api.url}/api/v1/releases`, { bytes: 32 * 1024 * 1024, headers });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test("bytes that are not UTF-8 are refused", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    const response = await fetch(`${api.url}/api/v1/releases`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: new Uint8Array([0x7b, 0xff, 0x7d]),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/UTF-8/);
  });

  test("what went wrong inside stays inside: the answer has the id under which the log has the cause", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "admin" });
    api.world.db.$client.exec("DROP TABLE policies");
    const answer = await api.call("GET", "/api/v1/policies", { token, headers: { "x-request-id": "req-inside-1" } });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/policies|sqlite|SELECT/i);
    expect(answer.json).toMatchObject({ requestId: "req-inside-1" });
    const [entry] = api.logged;
    expect(entry).toMatchObject({ level: "error", fields: { requestId: "req-inside-1", path: "policies.list" } });
    expect(JSON.stringify(api.logged)).not.toContain(token);
  });

  test("a locked database is 503 with Retry-After, and nothing was written", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    api.world.db.$client.pragma("busy_timeout = 20");
    const other = open(api.world.db.$client.name);
    // The token's last use is noted before: only the write itself must meet the lock.
    await api.call("GET", "/api/v1/me", { token });
    other.$client.exec("BEGIN IMMEDIATE");
    const answer = await api.call("POST", "/api/v1/releases", { token, body: RELEASE });
    other.$client.exec("ROLLBACK");
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    const after = await api.call("POST", "/api/v1/releases", { token, body: RELEASE });
    expect(after.status).toBe(201);
  });
});
