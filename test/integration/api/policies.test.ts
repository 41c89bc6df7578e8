import { describe, expect, it } from "vitest";
import { createToken } from "@/server/control/create-token";
import { SYSTEM } from "@/test/integration/control/fixtures";
import { startApi, type ApiServer } from "./api-server";

const TEXT = `# strict, since the night of 12 April
thresholds:
  error_rate: { max: 0.02, window: 5m, action: rollback }
steps:
  - canary: 10%
`;
const PATH = "/api/v1/policies/strict";

/** Two managers, each with a token, and version 1 in force. */
async function twoManagers(): Promise<{ api: ApiServer; author: string; other: string }> {
  const api = await startApi();
  const author = api.tokenFor({ role: "release_manager" });
  const other = createToken(api.world.as(SYSTEM), { name: "Bo", role: "admin" }).token;
  await api.call("PUT", PATH, {
    token: author,
    body: JSON.stringify(TEXT),
    headers: { "content-type": "application/json" },
  });
  return { api, author, other };
}

describe("a policy over HTTP", () => {
  it("is put as YAML, as data, or as text, and is one version", async () => {
    const { api, author } = await twoManagers();
    const yaml = await api.call("PUT", PATH, {
      token: author,
      body: TEXT,
      headers: { "content-type": "application/yaml" },
    });
    expect(yaml).toMatchObject({ status: 200, json: { name: "strict", version: 1, created: false } });
    const got = await api.call("GET", PATH, { token: author });
    expect(got.json).toMatchObject({ version: 1, state: "in_force", text: TEXT, versions: [{ version: 1 }] });
  });

  it("as text is refused with line and column", async () => {
    const { api, author } = await twoManagers();
    const body = JSON.stringify(TEXT.replace("rollback", "explode"));
    const headers = { "content-type": "application/json" };
    expect(await api.call("PUT", PATH, { token: author, body, headers })).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: "/thresholds/error_rate/action", line: 3, column: 48 }] },
    });
  });

  it("is read back as a draft: its errors, its sentences, and what it loosens", async () => {
    const { api, author } = await twoManagers();
    const check = async (text: string) =>
      (await api.call("POST", `${PATH}/check`, { token: author, body: { text } })).json;
    expect(await check("thresholds: [")).toMatchObject({ issues: [{ line: expect.any(Number) }], sentences: [] });
    expect(await check(TEXT.replace("0.02", "0.05"))).toMatchObject({
      issues: [],
      needsApproval: true,
      loosens: [{ rule: "error_rate:max", kind: "limit" }],
      changes: [{ rule: "error_rate:max" }],
      diff: expect.arrayContaining([expect.objectContaining({ kind: "removed" })]),
      outcome: expect.stringContaining("version 1 stays in force until then"),
    });
    expect(await check(TEXT)).toMatchObject({
      isUnchanged: true,
      loosens: [],
      outcome: "It says the same as version 1, which is in force.",
    });
  });

  it("that loosens waits, and is approved by somebody else", async () => {
    const { api, author, other } = await twoManagers();
    const body = { thresholds: { error_rate: { max: 0.05, window: "5m", action: "rollback" } } };
    expect((await api.call("PUT", PATH, { token: author, body })).json).toMatchObject({ version: 2, state: "pending" });
    const pending = await api.call("GET", PATH, { token: author });
    expect(pending.json).toMatchObject({
      version: 1,
      proposal: { version: 2, viewer: { eligible: false }, loosens: [{ kind: "limit" }] },
    });
    const answer = { version: 2, inForceVersion: 1, reason: "agreed" };
    expect((await api.call("POST", `${PATH}/approve`, { token: author, body: answer })).status).toBe(403);
    expect((await api.call("POST", `${PATH}/approve`, { token: other, body: answer })).json).toMatchObject({
      state: "in_force",
      inForceVersion: 2,
    });
    expect((await api.call("GET", "/api/v1/policies", { token: author })).json).toMatchObject({
      items: [{ name: "strict", version: 2, pendingVersion: null, rules: { rollback: 1 } }],
    });
    expect((await api.call("GET", PATH, { token: other })).json).toMatchObject({
      history: [
        { kind: "approved", version: 2, reason: "agreed" },
        { kind: "proposed" },
        { kind: "in_force", version: 1 },
      ],
    });
  });
});
