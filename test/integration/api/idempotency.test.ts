/** `Idempotency-Key`: a repeated write is answered and not done again, whatever happens in between. */
import { describe, expect, test } from "vitest";
import { rows } from "@/test/integration/control/fixtures";
import { startApi, type ApiServer } from "./api-server";

const PATH = "/api/v1/releases";
const RELEASE = { application: "deploy-assistant", components: { prompt: "deploy@1" } };

function register(api: ApiServer, token: string, key: string, body: unknown = RELEASE) {
  return api.call("POST", PATH, { token, body, headers: { "idempotency-key": key } });
}

describe("the same key", () => {
  test("with the same request gets the same answer and is marked as a repetition", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    const first = await register(api, token, "k1");
    const again = await register(api, token, "k1");
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, text: first.text });
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(rows(api.world.db, "provenance")).toBe(1);
  });

  test("with another request is refused, and that request is not done", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    await register(api, token, "k1");
    const other = await register(api, token, "k1", { ...RELEASE, components: { prompt: "deploy@2" } });
    expect(other.status).toBe(422);
    expect(other.json).toMatchObject({ detail: expect.stringContaining("take a new key") });
    expect(rows(api.world.db, "releases")).toBe(1);
  });

  test("of another caller is another key", async () => {
    const api = await startApi();
    await register(api, api.tokenFor({ scopes: ["ci"] }), "k1");
    const other = await register(api, api.tokenFor({ scopes: ["ci"] }), "k1");
    expect(other.status).toBe(200);
    expect(other.headers.get("idempotency-replayed")).toBeNull();
  });

  test("many times at once is done once", async () => {
    const api = await startApi();
    const token = api.tokenFor({ scopes: ["ci"] });
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(api, token, "k1")));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(rows(api.world.db, "provenance")).toBe(1);
  });
});

test("a refused write keeps nothing: the same key may be used again once the cause is gone", async () => {
  const api = await startApi();
  const token = api.tokenFor({ role: "release_manager" });
  const releaseId = api.world.release(1);
  const move = (body: unknown) =>
    api.call("PUT", "/api/v1/applications/deploy-assistant/aliases/production", {
      token,
      body,
      headers: { "idempotency-key": "k1" },
    });
  const refused = await move({ releaseId: "0000000000", reason: "first" });
  expect(refused.status).toBe(404);
  const done = await move({ releaseId, reason: "first" });
  expect(done.status).toBe(200);
});

test("the kept answer and the write are one transaction: when the answer cannot be kept, nothing was done", async () => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  const audited = rows(api.world.db, "audit_entries");
  api.world.db.$client.exec(
    "CREATE TRIGGER full BEFORE INSERT ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'no room'); END",
  );
  const answer = await register(api, token, "k1");
  expect(answer.status).toBe(500);
  expect(rows(api.world.db, "releases")).toBe(0);
  expect(rows(api.world.db, "audit_entries")).toBe(audited);
});

test.each(["", "two words", "x".repeat(256)])("the key %j is refused", async (key) => {
  const api = await startApi();
  const answer = await register(api, api.tokenFor({ scopes: ["ci"] }), key);
  expect(answer.status).toBe(400);
  expect(answer.text).toContain("Idempotency-Key");
});
