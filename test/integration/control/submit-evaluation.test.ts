import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkGate } from "@/server/control/check-gate";
import { putPolicy } from "@/server/control/put-policy";
import { recordFingerprint } from "@/server/control/record-fingerprint";
import { submitEvaluation, type SubmitEvaluationInput } from "@/server/control/submit-evaluation";
import { listEvaluationResults } from "@/server/store/control/releases";
import { APP, newWorld, person, rows, T0, token, type World } from "./fixtures";

const ci = token(["ci"]);
const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../fixtures/promptfoo", name), "utf8");

const submit = (world: World, change: Partial<SubmitEvaluationInput>) =>
  submitEvaluation(world.as(ci), { releaseId: world.release(1), suite: "golden", ...change });

describe("golden-set results", () => {
  it("are kept by suite", () => {
    const world = newWorld();
    submit(world, { results: { quality: 0.87, tokens: 790 } });
    expect(listEvaluationResults(world.db, { application: APP, releaseId: world.release(1) })).toMatchObject([
      { suite: "golden", format: "switchback", results: { quality: 0.87, tokens: 790 }, submittedBy: "ci" },
    ]);
  });

  const REPORT = { quality: 0.75, pass_rate: 0.5, cases: 4, errors: 0, Groundedness: 0.5, tokens: 0 };
  it("are averaged over the cases of a promptfoo report, whose named scores are sums", () => {
    const report = JSON.parse(fixture("out.json")) as unknown;
    expect(submit(newWorld(), { format: "promptfoo", report }).results).toMatchObject({ ...REPORT, p95_ms: 12 });
  });

  it("are read from the text of the report as well, JSON or JSONL", () => {
    const fromJson = submit(newWorld(), { format: "promptfoo", report: fixture("out.json") }).results;
    const fromLines = submit(newWorld(), { format: "promptfoo", report: fixture("out.jsonl") }).results;
    expect(fromJson).toMatchObject(REPORT);
    expect(fromLines).toMatchObject(REPORT);
  });

  it("count a case that could not run as failed, but not its time and tokens", () => {
    const results = [
      { success: true, score: 1, latencyMs: 100, response: { tokenUsage: { total: 10 } }, failureReason: 0 },
      { success: false, score: 0, latencyMs: 9000, error: "timeout", failureReason: 2 },
    ];
    expect(submit(newWorld(), { format: "promptfoo", report: { results: { results } } }).results).toEqual({
      quality: 0.5,
      pass_rate: 0.5,
      cases: 2,
      errors: 1,
      tokens: 10,
      p95_ms: 100,
    });
  });

  it("of a JUnit report are pass or fail, and no quality", () => {
    expect(submit(newWorld(), { format: "junit", report: fixture("out.junit.xml") }).results).toEqual({
      tests: 4,
      failures: 2,
      errors: 0,
      skipped: 0,
      pass_rate: 0.5,
    });
  });

  it("of a JUnit report are counted by its test cases, whatever stands in their text", () => {
    const report = `<testsuite tests="9"><!-- <testcase/> --><testcase name="a > b"/>
      <testcase name='c'><system-out><![CDATA[<failure/></testcase>]]></system-out></testcase>
      <testcase name="d"><error message="x"/></testcase><testcase name="e"><skipped/></testcase></testsuite>`;
    expect(submit(newWorld(), { format: "junit", report }).results).toEqual({
      tests: 4,
      failures: 0,
      errors: 1,
      skipped: 1,
      pass_rate: 2 / 3,
    });
  });

  it("given beside a report count over it", () => {
    const given = {
      format: "junit",
      report: fixture("out.junit.xml"),
      results: { quality: 0.9, pass_rate: 1 },
    } as const;
    expect(submit(newWorld(), given).results).toMatchObject({ quality: 0.9, pass_rate: 1, tests: 4 });
  });

  it.each<[string, Partial<SubmitEvaluationInput>, RegExp]>([
    ["nothing", {}, /has no results/],
    ["an empty promptfoo report", { format: "promptfoo", report: "" }, /is empty/],
    ["a promptfoo report that is cut off", { format: "promptfoo", report: '{"success":true}\n{"succ' }, /line 2/],
    ["a promptfoo report without cases", { format: "promptfoo", report: { results: { results: [] } } }, /no case/],
    ["a JUnit report without cases", { format: "junit", report: "<testsuites/>" }, /no <testcase>/],
    [
      "a JUnit report that is cut off",
      { format: "junit", report: "<testcase/>".concat("<!--".repeat(500_000)) },
      /cut off/,
    ],
    ["a JUnit report that is no text", { format: "junit", report: {} }, /text of its XML/],
    ["a value that is no number", { results: { quality: Number.NaN } }, /quality/],
  ])("refuse %s", (_, change, message) => {
    const world = newWorld();
    const attempt = (): unknown => submit(world, change);
    expect(attempt).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringMatching(message) }),
    );
    expect(rows(world.db, "evaluation_results")).toBe(0);
  });

  it("need the application named where two registered the release", () => {
    const world = newWorld();
    const releaseId = world.release(1);
    world.release(1, { application: "other-app" });
    const attempt = (): unknown => submit(world, { results: { quality: 1 } });
    expect(attempt).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ pointer: "/application" })] }),
    );
    expect(submit(world, { results: { quality: 1 }, application: "other-app" })).toMatchObject({
      application: "other-app",
      releaseId,
    });
    expect(() => submit(world, { releaseId: "a0e277e29c", results: { q: 1 } })).toThrow(
      expect.objectContaining({ code: "not_found" }),
    );
  });
});

describe("the gate", () => {
  const gate = (world: World, change: object) =>
    checkGate(world.as(ci), { application: APP, candidate: world.release(2), ...change });

  it("compares the submitted results of two releases", () => {
    const world = newWorld();
    submit(world, { results: { quality: 0.84, tokens: 620, p95_ms: 820 } });
    submit(world, { releaseId: world.release(2), results: { quality: 0.87, tokens: 790, p95_ms: 970 } });
    const limits = { max_token_increase: 0.15, max_p95_ms: 1000 };
    const answer = gate(world, { baseline: world.release(1), limits });
    expect(answer).toMatchObject({ promote: false, verdict: "refuse" });
    expect(answer.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ["manifest", true],
      ["quality", true],
      ["tokens", false],
      ["p95_ms", true],
    ]);
    expect(answer.checks[0]?.message).toBe("prompt support@1 → support@2");
  });

  it("takes results themselves as well", () => {
    const sides = { baseline: { quality: 0.84 }, candidate: { quality: 0.87 }, limits: {} };
    expect(checkGate(newWorld().as(ci), { application: APP, ...sides })).toMatchObject({ promote: true });
  });

  it("compares with what serves, by the policy's gates, when nothing else is said", () => {
    const world = newWorld();
    world.serve(world.release(1));
    putPolicy(world.as(person("admin")), { name: "default", document: { gates: { quality: { improve: true } } } });
    submit(world, { results: { quality: 0.84 } });
    expect(gate(world, {})).toMatchObject({ promote: false, verdict: "unknown" });
    submit(world, { releaseId: world.release(2), results: { quality: 0.87 } });
    expect(gate(world, {})).toMatchObject({ promote: true, verdict: "promote" });
  });

  it("refuses what differs offline and online, at no cost", () => {
    const world = newWorld();
    world.release(2, { fingerprints: { releases: "ce667443" } });
    submit(world, { releaseId: world.release(2), results: { quality: 0.9 } });
    recordFingerprint(world.as(ci), { application: APP, view: "releases", side: "online", fingerprint: "660645c4" });
    const { promote, checks } = gate(world, { limits: { quality: { min: 0.8 } } });
    expect(promote).toBe(false);
    expect(checks.find(({ name }) => name === "parity/releases")).toMatchObject({ tier: "free", passed: false });
  });

  it("knows only registered releases", () => {
    expect(() => gate(newWorld(), { candidate: "a0e277e29c" })).toThrow(expect.objectContaining({ code: "not_found" }));
  });

  it("changes nothing", () => {
    const world = newWorld();
    world.release(2);
    const before = rows(world.db, "audit_entries");
    gate(world, {});
    expect(rows(world.db, "audit_entries")).toBe(before);
  });
});

describe("fingerprints", () => {
  const record = (world: World, side: "offline" | "online", change: object, atMs = T0) =>
    recordFingerprint(world.as(ci, atMs), { application: APP, view: "releases", side, ...change });
  const L2 = { chunker: "sentence@3", embedding: "embed@2", normalize: "l2" };

  it("are computed of the configuration and compared", () => {
    const world = newWorld();
    expect(record(world, "offline", { config: L2 })).toMatchObject({
      fingerprint: "ce667443",
      equal: null,
      changed: true,
    });
    expect(record(world, "online", { config: { ...L2, normalize: "none" } })).toMatchObject({
      offline: "ce667443",
      online: "660645c4",
      equal: false,
    });
    expect(record(world, "online", { fingerprint: "ce667443" })).toMatchObject({ equal: true, changed: true });
  });

  it("are kept once per change", () => {
    const world = newWorld();
    record(world, "online", { config: L2 });
    expect(record(world, "online", { config: L2 }, T0 + 1)).toMatchObject({ changed: false });
    expect([rows(world.db, "feature_fingerprints"), rows(world.db, "audit_entries")]).toEqual([1, 1]);
    record(world, "online", { fingerprint: "660645c4" }, T0 + 2);
    record(world, "online", { config: L2 }, T0 + 3);
    expect(rows(world.db, "feature_fingerprints")).toBe(3);
  });

  it.each<[string, object, RegExp]>([
    ["a fingerprint that is not the configuration's", { config: L2, fingerprint: "660645c4" }, /which is ce667443/],
    ["neither", {}, /give the configuration/],
    ["a configuration that no two languages write alike", { config: { n: 2 ** 60 } }, /no canonical text/],
  ])("refuse %s", (_, change, message) => {
    const attempt = (): unknown => record(newWorld(), "online", change);
    expect(attempt).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringMatching(message) }),
    );
  });
});
