/**
 * Every path of the JSON API with what is well-formed and makes no sense, or comes too late: refused with a problem
 * document that names the member and says what to do. Nothing a caller sends is a failure of the server.
 */
import { describe, expect, test } from "vitest";
import { listProcedures } from "@/server/api/rest/procedures";
import { appRouter } from "@/server/api/router";
import { pauseRollout } from "@/server/control/pause-rollout";
import { chartStepMs } from "@/server/read/compare-series";
import { APP, person, T0 } from "@/test/integration/control/fixtures";
import { startOn } from "@/test/integration/control/verb-table";
import { startApi, type Answer, type ApiServer } from "./api-server";

const declared = listProcedures(appRouter).flatMap(({ name, meta: { rest } }) =>
  rest === undefined ? [] : [{ name, ...rest }],
);

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { pointer: string; message: string }[];
}

/** The answer as a problem document of its own status, with a sentence to act on. */
function problemIn(answer: Answer, of: string): Problem {
  expect(answer.headers.get("content-type"), of).toContain("application/problem+json");
  const problem = answer.json as Problem;
  expect(problem, of).toMatchObject({ status: answer.status, type: expect.stringMatching(/^urn:switchback:problem:/) });
  expect(problem.detail.length, of).toBeGreaterThan(10);
  return problem;
}

/** The path with parameters that no one has registered. */
function filled(path: string): string {
  return path.replace(/\{(releaseId|otherId)\}/g, "0000000000").replaceAll(/\{\w+\}/g, "none");
}

test("a query that no path knows is refused where it stands, by every path that takes none or others", async () => {
  const api = await startApi();
  const token = api.tokenFor({ role: "admin" });
  for (const { name, method, path } of declared.filter((one) => one.method === "GET")) {
    const answer = await api.call(method, `${filled(path)}?nonsense=1`, { token });
    expect(answer.status, name).toBe(400);
    expect(
      problemIn(answer, name).errors?.map(({ pointer }) => pointer),
      name,
    ).toContain("/nonsense");
  }
});

test.each<[string, unknown]>([
  ["a list", []],
  ["a word", '"word"'],
  ["null", "null"],
  ["a member of no use", { nonsense: { deeper: [1] } }],
  ["broken JSON", "{"],
  ["numbers where text belongs", { reason: 1, application: 2, releaseId: 3, name: 4, components: 5, view: 6 }],
])("a body that is %s is refused by every write", async (_, body) => {
  const api = await startApi();
  const token = api.tokenFor({ role: "admin" });
  for (const { name, method, path, bodyField } of declared.filter((one) => one.method !== "GET")) {
    // A document with keys of its own is judged by what it says; a removal has no body.
    if (method === "DELETE" || bodyField !== undefined) continue;
    const answer = await api.call(method, filled(path), {
      token,
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.status, name).toBe(400);
    expect(problemIn(answer, name).errors ?? [], name).not.toContainEqual({ pointer: "", message: "" });
  }
});

describe("a cursor that no page gave", () => {
  const lists = [
    "/api/v1/audit?",
    "/api/v1/audit?after=1&",
    "/api/v1/audit/checkpoints?",
    "/api/v1/incidents?",
    "/api/v1/rollouts?",
    `/api/v1/releases?application=${APP}&`,
    `/api/v1/applications/${APP}/aliases/production/history?`,
  ];

  test.each(lists)("is refused by %s", async (path) => {
    const api = await startApi();
    api.world.serve(api.world.release(1));
    for (const cursor of ["x", "1.", "\u0004ß", "1e999", "-1"]) {
      const answer = await api.call("GET", `${path}cursor=${encodeURIComponent(cursor)}`, {
        token: api.tokenFor({ role: "viewer" }),
      });
      expect(answer.status, `${path} ${cursor}`).toBe(400);
      expect(problemIn(answer, path)).toMatchObject({ errors: [{ pointer: "/cursor" }] });
    }
  });
});

describe("a time", () => {
  test.each([
    ["from=0020-02-29T00:00:00Z", "must not be before 1970"],
    ["to=9999-12-31T00:00:00Z", "must not be after the year 2200"],
    ["to=99999999999999", "must not be after the year 2200"],
  ])("nothing can have happened at is refused: %s", async (query, words) => {
    const api = await startApi();
    const target = `/api/v1/compare?application=${APP}&candidate=0000000000&${query}`;
    const answer = await api.call("GET", target, { token: api.tokenFor({ role: "viewer" }) });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(problemIn(answer, query).errors)).toContain(words);
  });

  test("two centuries of Compare are as quickly told as an hour", async () => {
    const api = await startApi();
    const thresholds = { p95_ttft_ms: { max: 850, window: "5m", action: "rollback" } };
    const rolloutId = startOn(api.world, { steps: [{ canary: "10%" }], thresholds });
    const target = `/api/v1/compare?rolloutId=${rolloutId}&from=1970-01-01T00:00:00Z&to=2170-01-01T00:00:00Z`;
    const answer = await api.call("GET", target, { token: api.tokenFor({ role: "viewer" }) });
    expect(answer.status).toBe(200);
    const { rows } = answer.json as { rows: { points: unknown[] }[] };
    expect(rows.length).toBeGreaterThan(0);
    for (const { points } of rows) expect(points.length).toBeLessThanOrEqual(241);
  });

  test.each([
    [{ rangeMs: 600_000, windowMs: 300_000 }, 10_000],
    [{ rangeMs: 3_600_000, windowMs: 300_000 }, 30_000],
    [{ rangeMs: 600_000, windowMs: 7 * 86_400_000 }, 1_800_000],
    [{ rangeMs: 240 * 86_400_000, windowMs: 300_000 }, 86_400_000],
    [{ rangeMs: 241 * 86_400_000, windowMs: 300_000 }, 2 * 86_400_000],
  ])("charts step as far as their range and windows ask: %o by %i ms", (given, stepMs) => {
    expect(chartStepMs(given)).toBe(stepMs);
  });
});

describe("a revision that is no longer true", () => {
  const verbs = ["pause", "resume", "approve", "extend", "reject", "abort"] as const;

  test.each(verbs)("is refused by rollouts' %s, which says what is true now", async (verb) => {
    const api = await startApi();
    const rolloutId = startOn(api.world, { steps: [{ canary: "10%" }] });
    if (verb !== "pause") pauseRollout(api.world.as(person("on_call")), { rolloutId, reason: "look first" });
    const answer = await act(api, rolloutId, verb);
    expect(answer.status).toBe(412);
    expect(problemIn(answer, verb).detail).toMatch(/changed meanwhile: it is \w+ at revision \d+, not 999.*again/);
  });

  test("is refused by an alias' move, and evidence that has changed by an approval", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "admin" });
    const rolloutId = startOn(api.world, { steps: [{ canary: "10%" }] });
    pauseRollout(api.world.as(person("on_call"), T0), { rolloutId, reason: "look first" });
    const moved = await api.call("PUT", `/api/v1/applications/${APP}/aliases/production`, {
      token,
      body: { releaseId: api.world.release(1), reason: "test", expectedRevision: 999 },
    });
    expect(moved.status).toBe(412);
    expect(problemIn(moved, "move").detail).toContain("Read it again and decide again");
    const approved = await api.call("POST", `/api/v1/rollouts/${rolloutId}/approve`, {
      token,
      body: { reason: "test", evidenceHash: "0".repeat(64) },
    });
    expect(approved.status).toBe(412);
    expect(problemIn(approved, "approve").detail).toContain("look again and decide again");
  });

  test("may also be given to an alias' move as the ETag that was read", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "admin" });
    const path = `/api/v1/applications/${APP}/aliases/production`;
    startOn(api.world, { steps: [{ canary: "10%" }] });
    const held = (await api.call("GET", path, { token })).headers.get("etag") ?? "";
    const move = (ifMatch: string, over: object = {}): Promise<Answer> =>
      api.call("PUT", path, {
        token,
        headers: { "if-match": ifMatch },
        body: { releaseId: api.world.release(7), reason: "test", cause: "break_glass", ...over },
      });
    expect((await move(held.replace(/\d+/, "999"))).status).toBe(412);
    const nonsense = await move('"latest"');
    expect(nonsense.status).toBe(412);
    expect(problemIn(nonsense, "move").detail).toContain("not the present ETag");
    const twoRevisions = await move(held, { expectedRevision: 999 });
    expect(twoRevisions.status).toBe(400);
    expect((await move(held)).status).toBe(200);
    expect((await move(held, { releaseId: api.world.release(8) })).status).toBe(412);
    expect((await move("*", { releaseId: api.world.release(8) })).status).toBe(200);
  });

  const act = (api: ApiServer, rolloutId: string, verb: string): Promise<Answer> =>
    api.call("POST", `/api/v1/rollouts/${rolloutId}/${verb}`, {
      token: api.tokenFor({ role: "admin" }),
      body: { reason: "test", expectedRevision: 999 },
    });
});
