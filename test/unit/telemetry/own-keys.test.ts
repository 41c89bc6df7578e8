/** An application's own keys: tried before every convention, in their own units, and never a way round privacy. */
import { describe, expect, test } from "vitest";
import type { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { mapAll, SERVICE, sourcesOf, type Attributes } from "./mapper-support";

const CHAT: Attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" };

function map(keys: TelemetryKeys, attributes: Attributes, resource: Attributes = SERVICE) {
  const telemetryKeys = (application: string) => (application === "deploy-assistant" ? keys : undefined);
  const [request] = mapAll([{ attributes: { ...CHAT, ...attributes } }], resource, { telemetryKeys }).requests;
  if (request === undefined) throw new Error("no request");
  return request;
}

describe("an own key", () => {
  test("feeds its field, and is what `sources` names", () => {
    const request = map({ releaseId: ["acme.build"] }, { "acme.build": "698df6d7ad" });
    expect(request).toMatchObject({ releaseId: "698df6d7ad", releaseSource: "explicit" });
    expect(sourcesOf(request)).toMatchObject({ releaseId: "acme.build" });
  });

  test("wins over every convention, in their order; without a value the conventions are read", () => {
    const keys = { inputTokens: ["acme.in", "acme.tokens"] };
    const known = { "gen_ai.usage.input_tokens": 5 };
    expect(map(keys, { ...known, "acme.tokens": 7 }).inputTokens).toBe(7);
    expect(map(keys, { ...known, "acme.tokens": 7, "acme.in": 8 }).inputTokens).toBe(8);
    expect(map(keys, known).inputTokens).toBe(5);
  });

  test("is read from the resource too, after the span", () => {
    const resource = { ...SERVICE, "acme.build": "aaaaaaaaaa" };
    expect(map({ releaseId: ["acme.build"] }, {}, resource).releaseId).toBe("aaaaaaaaaa");
    expect(map({ releaseId: ["acme.build"] }, { "acme.build": "bbbbbbbbbb" }, resource).releaseId).toBe("bbbbbbbbbb");
  });

  test("may stand inside a metadata text", () => {
    expect(map({ region: ["metadata.zone"] }, { metadata: '{"zone":"eu-1"}' }).region).toBe("eu-1");
  });

  test("changes its unit with a factor", () => {
    expect(map({ ttftMs: ["acme.first_s*1000"] }, { "acme.first_s": 0.25 })).toMatchObject({
      ttftUs: 250_000,
      ttftSide: "client",
    });
  });

  test("of another application is not read", () => {
    const keys = { releaseId: ["acme.build"] };
    expect(map(keys, { "acme.build": "aaaaaaaaaa" }, { "service.name": "other" }).releaseId).toBeNull();
  });

  test("two applications with keys of the same rank keep their own sources", () => {
    const first = map({ region: ["a.zone"] }, { "a.zone": "eu" });
    const second = map({ region: ["b.zone"] }, { "b.zone": "eu" });
    expect([sourcesOf(first)["region"], sourcesOf(second)["region"]]).toEqual(["a.zone", "b.zone"]);
  });
});

describe("what is private stays so", () => {
  test("an own key of the subject is kept as a hash only", () => {
    const request = map({ subject: ["acme.login"] }, { "acme.login": "ada@example.org" });
    expect(request.subject).toEqual(subjectHash("ada@example.org"));
    expect(JSON.stringify(request.attributes)).not.toContain("ada");
  });

  test("an own key of the text is no attribute", () => {
    const request = map({ input: ["acme.question"] }, { "acme.question": "how do I deploy?" });
    expect(request.input).toBeNull();
    expect(JSON.stringify(request.attributes)).not.toContain("deploy?");
  });
});
