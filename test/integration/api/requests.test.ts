/** Requests over the API: their text only with a reason that is kept, and their values with counts. */
import { describe, expect, test } from "vitest";
import { T0 } from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";
import { startApi, type ApiServer } from "./api-server";

const APPLICATION = "deploy-assistant";
const PATH = `/api/v1/applications/${APPLICATION}/requests/with-text/text`;

async function withText(): Promise<ApiServer> {
  const api = await startApi();
  api.telemetry.add(
    request({ requestId: "with-text", timeMs: T0 - 5_000, input: "why is it down?", output: "it is not" }),
    request({ requestId: "without", timeMs: T0 - 4_000 }),
  );
  return api;
}

describe("the text of a request", () => {
  test("is in no answer of the lists and the trace, which say that it is stored", async () => {
    const api = await withText();
    const token = api.tokenFor({ role: "admin" });
    for (const path of ["/api/v1/requests?application=deploy-assistant", "/api/v1/requests/with-text"]) {
      const answer = await api.call("GET", path, { token });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain("why is it down?");
      expect(answer.text).toContain('"textStored":true');
    }
  });

  test("is given with a reason, which the audit log keeps with the name", async () => {
    const api = await withText();
    const token = api.tokenFor({ role: "on_call" });
    const answer = await api.call("POST", PATH, { token, body: { reason: "a customer complained" } });
    expect(answer.json).toMatchObject({ input: "why is it down?", output: "it is not" });
    const { auditId } = answer.json as { auditId: number };
    const audit = await api.call("GET", `/api/v1/audit?after=${auditId - 1}&limit=1`, { token });
    expect(audit.json).toMatchObject({
      items: [
        {
          seq: auditId,
          action: "request.text_revealed",
          target: "application/deploy-assistant/request/with-text",
          reason: "a customer complained",
        },
      ],
    });
  });

  test.each([
    ["without a reason", "on_call", PATH, { reason: " " }, 400],
    ["to a viewer", "viewer", PATH, { reason: "curious" }, 403],
    ["where none is stored", "on_call", PATH.replace("with-text", "without"), { reason: "looking" }, 404],
  ] as const)("is not given %s, and nothing is written", async (_, role, path, body, status) => {
    const api = await withText();
    const answer = await api.call("POST", path, { token: api.tokenFor({ role }), body });
    expect(answer.status).toBe(status);
    const audit = await api.call("GET", "/api/v1/audit", { token: api.tokenFor({ role: "admin" }) });
    expect(audit.text).not.toContain("request.text_revealed");
  });
});

test("the values of a range are counted, most requests first, and empty ones are left out", async () => {
  const api = await startApi();
  const one = (requestId: string, given: Partial<Parameters<typeof request>[0]>) =>
    request({ requestId, timeMs: T0 - 60_000, releaseId: "f91be2a454", ...given });
  api.telemetry.add(
    one("a", { region: "us-west", status: "error" }),
    one("b", { region: "us-west", track: "canary" }),
    one("c", { region: "eu-west", releaseId: "698df6d7ad" }),
    one("old", { timeMs: T0 - 3 * 86_400_000 }),
  );
  const facets = await api.call("GET", `/api/v1/applications/${APPLICATION}/request-facets`, {
    token: api.tokenFor({ scopes: ["read"] }),
  });
  expect(facets.json).toMatchObject({
    count: 3,
    facets: [
      {
        key: "releaseId",
        isSegment: false,
        values: [
          { value: "f91be2a454", count: 2 },
          { value: "698df6d7ad", count: 1 },
        ],
      },
      {
        key: "track",
        values: [
          { value: "control", count: 2 },
          { value: "canary", count: 1 },
        ],
      },
      {
        key: "status",
        values: [
          { value: "ok", count: 2 },
          { value: "error", count: 1 },
        ],
      },
      {
        key: "region",
        isSegment: true,
        values: [
          { value: "us-west", count: 2 },
          { value: "eu-west", count: 1 },
        ],
      },
    ],
  });
});
