import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkGate } from "@/server/control/check-gate";
import { putPolicy } from "@/server/control/put-policy";
import { registerRelease } from "@/server/control/register-release";
import { rollback } from "@/server/control/rollback";
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

  it("are read from JSONL, a case per line, with the cases themselves", () => {
    const report = [
      '{"id": 1, "region": "eu", "quality": 0.8, "tokens": 600, "latencyMs": 900, "pass": true}',
      '{"id": "b", "segments": {"region": "us-west"}, "scores": {"quality": 0.6, "pass": false}, "latency_ms": 1200}',
    ].join("\n");
    const world = newWorld();
    expect(submit(world, { format: "jsonl", report })).toMatchObject({
      items: 2,
      results: { cases: 2, quality: 0.7, tokens: 600, p95_ms: 1200, latency_ms: 1050, pass_rate: 0.5 },
    });
    const [row] = listEvaluationResults(world.db, { application: APP, releaseId: world.release(1) });
    expect(row?.items?.[1]).toEqual({
      id: "b",
      scores: { quality: 0.6, pass_rate: 0, latency_ms: 1200 },
      segments: { region: "us-west" },
    });
  });

  it("keep a promptfoo report's cases under the same id in every run", () => {
    const cases = (name: "out.json" | "out.jsonl") => {
      const world = newWorld();
      submit(world, { format: "promptfoo", report: fixture(name) });
      return listEvaluationResults(world.db, { application: APP, releaseId: world.release(1) })[0]?.items ?? [];
    };
    expect(cases("out.json")).toHaveLength(4);
    expect(cases("out.json").map(({ id }) => id)).toEqual(cases("out.jsonl").map(({ id }) => id));
    expect(new Set(cases("out.json").map(({ id }) => id)).size).toBe(4);
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
    ["JSONL that is cut off", { format: "jsonl", report: '{"id":1,"q":1}\n{"id' }, /line 2/],
    ["JSONL without an id", { format: "jsonl", report: '{"quality":1}' }, /line 1, is not valid: .id/],
    ["JSONL with a case twice", { format: "jsonl", report: '{"id":1,"q":1}\n{"id":"1","q":1}' }, /1 is there twice/],
    ["JSONL with a score that is none", { format: "jsonl", report: '{"id":1,"q":[1]}' }, /neither a score nor a slice/],
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
      ["complete", true],
      ["components", true],
      ["digests", true],
      ["quarantine", true],
      ["rollback_target", true],
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

  const named = (world: World, name: string, change: object = { limits: {} }) =>
    gate(world, change).checks.find((check) => check.name === name);

  it("names the incident of a quarantined candidate", () => {
    const world = newWorld();
    world.serve(world.release(1));
    world.serve(world.release(2), T0 + 1);
    const { incidentId } = rollback(world.as(person("on_call"), T0 + 2), {
      application: APP,
      reason: "estimates are off by a day",
    });
    const check = named(world, "quarantine");
    expect(check).toMatchObject({ tier: "free", passed: false });
    expect(check?.message).toContain(`in incident ${incidentId} (estimates are off by a day)`);
    expect(gate(world, { limits: {} }).verdict).toBe("refuse");
  });

  it("refuses a version that had other content before", () => {
    const world = newWorld();
    const digest = (letter: string) => ({ digests: { prompt: `sha256:${letter.repeat(64)}` } });
    const first = world.release(2, digest("a"));
    const second = world.release(2, digest("b"));
    expect(named(world, "digests", { candidate: second, limits: {} })).toMatchObject({
      passed: false,
      message: `prompt support@2 had another digest in release ${first}: raise the version`,
    });
  });

  it("refuses a fingerprinted view that is no part of the release", () => {
    const world = newWorld();
    world.release(2, { fingerprints: { releases: "ce667443" } });
    expect(named(world, "complete")).toMatchObject({ passed: false, observed: 1 });
  });

  it("cannot tell while one side of a feature view is silent", () => {
    const world = newWorld();
    const components = { prompt: "support@3", feature_view: "releases@5" };
    const { releaseId } = registerRelease(world.as(ci), { application: APP, components });
    const check = () => named(world, "parity/releases", { candidate: releaseId, limits: {} });
    expect(check()).toMatchObject({ passed: true, observed: null, message: expect.stringContaining("not checked") });
    recordFingerprint(world.as(ci), { application: APP, view: "releases", side: "offline", fingerprint: "ce667443" });
    expect(check()).toMatchObject({ passed: false, observed: null });
    expect(gate(world, { candidate: releaseId, limits: {} }).verdict).toBe("unknown");
    recordFingerprint(world.as(ci), { application: APP, view: "releases", side: "online", fingerprint: "ce667443" });
    expect(check()).toMatchObject({ passed: true, observed: 1 });
  });

  it("cannot tell when nothing is asked", () => {
    const world = newWorld();
    const document = { steps: [{ canary: "10%" }] };
    putPolicy(world.as(person("admin")), { name: "default", document });
    expect(named(world, "policy", {})).toMatchObject({ passed: false, observed: null });
    expect(gate(world, {}).verdict).toBe("unknown");
  });

  it("compares the cases of both runs, per slice, and keeps a rollout waiting inside the noise", () => {
    const world = newWorld();
    world.serve(world.release(1));
    const cases = (shift: number) =>
      Array.from({ length: 40 }, (_, i) => ({
        id: `case-${i}`,
        scores: { quality: 0.5 + 0.4 * Math.sin(i) + shift * (i % 2 === 0 ? 3 : -2.8) },
        segments: { region: i % 2 === 0 ? "eu" : "us-west" },
      }));
    submit(world, { items: cases(0) });
    submit(world, { releaseId: world.release(2), items: cases(0.02) });
    const { verdict, checks } = gate(world, { limits: { quality: { improve: true } } });
    expect(verdict).toBe("refuse");
    expect(checks.find(({ name }) => name === "quality")).toMatchObject({
      undecided: true,
      comparison: { paired: true, n: 40, insideNoise: true },
    });
    expect(checks.find(({ name }) => name === "quality@region=us-west")).toMatchObject({ passed: false });
    expect(checks.find(({ name }) => name === "quality@region=eu")).toMatchObject({ passed: true });
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
