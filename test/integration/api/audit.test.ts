/** The audit log over HTTP: pages, the verification of the chain, and an export that verifies offline. */
import { expect, test } from "vitest";
import { verifyChain, type AuditEntry } from "@/server/domain/audit/chain";
import { withTransaction } from "@/server/store/control/database";
import { startApi, type ApiServer } from "./api-server";

/** A server with `count` registered releases. */
async function startAudited(count: number): Promise<{ api: ApiServer; token: string }> {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["read"] });
  // In one transaction: a commit each would take most of the test's time.
  withTransaction(api.world.db, () => {
    for (let n = 1; n <= count; n++) api.world.release(n);
  });
  return { api, token };
}

test("pages walk the log newest first by cursor, or oldest first after a number, and miss nothing", async () => {
  const { api, token } = await startAudited(9);
  const walk = async (query: string): Promise<number[]> => {
    const seen: number[] = [];
    let cursor = "";
    do {
      const { json } = await api.call("GET", `/api/v1/audit?limit=3${query}${cursor}`, { token });
      const page = json as { items: { seq: number }[]; nextCursor?: string };
      seen.push(...page.items.map(({ seq }) => seq));
      cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    return seen;
  };
  expect(await walk("")).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(await walk("&after=2")).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await walk("&action=token.created")).toEqual([1]);
});

test("verification finds the first entry that was changed", async () => {
  const { api, token } = await startAudited(5);
  const verify = () => api.call("GET", "/api/v1/audit/verify", { token });
  expect(await verify()).toMatchObject({
    json: { entries: 6, valid: true, firstBroken: null, head: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  api.world.db.$client.exec(
    "DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET actor_name = 'Eve' WHERE seq = 4",
  );
  expect(await verify()).toMatchObject({ json: { entries: 6, valid: false, firstBroken: 4 } });
});

test("the export is one entry a line, complete over many pages, and verifies as it is", async () => {
  const { api, token } = await startAudited(1_200);
  const answer = await api.call("GET", "/api/v1/audit/export", { token });
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
  // Exported lines are what the chain hashes.
  const entries = answer.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as AuditEntry);
  expect(verifyChain(entries)).toEqual({ entries: 1_201, valid: true });
  const rest = await api.call("GET", "/api/v1/audit/export?after=1200", { token });
  expect(rest.text.trimEnd().split("\n")).toHaveLength(1);
  expect(await api.call("GET", "/api/v1/audit/export?after=x", { token })).toMatchObject({ status: 400 });
});
