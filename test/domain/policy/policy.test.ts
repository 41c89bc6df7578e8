import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { DomainError } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { formatDuration, parseDuration } from "@/server/domain/policy/duration";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import { parsePolicy, percentageOf, policyDigest } from "@/server/domain/policy/policy";
import { thrownBy } from "@/test/domain/thrown-by";

const FULL = `
name: default
settle: 30s                  # younger data is provisional
evidence: confident
alpha: 0.01
thresholds:
  p95_ttft_ms:          { max: 850,  window: 5m,  consecutive: 3, min_requests: 100, action: rollback }
  toxicity_rate:        { max: 0.004, window: 10m, action: rollback }
  groundedness_score:   { min: 0.82, window: 15m, action: pause_for_review }
  task_completion_rate: { min: 0.91, window: 30m, action: rollback }
  mean_cost_usd:        { max_increase: 0.15, vs: control, window: 30m, action: rollback }
segments: [region]
gates:  { quality: { improve: true }, tokens: { max_increase: 0.15 }, p95_ms: { max: 1000 } }
steps:
  - { shadow: 20%, min_requests: 500 }
  - { canary: 2%,  min_duration: 30m, min_requests: 300 }
  - { canary: 10%, min_duration: 1h }
  - { approval: { required: 1 } }
  - { canary: 50%, min_duration: 2h }
  - { soak: 48h, holdback: 1% }
`;

/** The pointers and messages of a refusal. */
function complaints(document: unknown): string[] {
  const error = thrownBy(() => parsePolicy(document, PolicyName.parse("default")));
  expect(error).toBeInstanceOf(DomainError);
  return (error as DomainError).issues.map(({ pointer, message }) => `${pointer} ${message}`);
}

const threshold = (entry: object): unknown => ({ thresholds: { error_rate: { action: "rollback", ...entry } } });

describe("policy file", () => {
  const policy = parsePolicy(parse(FULL));

  it("is read whole", () => {
    expect(policy).toMatchObject({
      name: "default",
      settleMs: 30_000,
      warmupMs: 0,
      evidence: "confident",
      alpha: 0.01,
      segments: ["region"],
      allowSelfApproval: false,
      gates: [
        { name: "quality", rules: [{ kind: "improve" }] },
        { name: "tokens", rules: [{ kind: "max_increase", fraction: 0.15 }] },
        { name: "p95_ms", rules: [{ kind: "max", limit: 1000 }] },
      ],
      steps: [
        { kind: "shadow", share: 0.2, minDurationMs: 0, minRequests: 500 },
        { kind: "canary", share: 0.02, minDurationMs: 1_800_000, minRequests: 300 },
        { kind: "canary", share: 0.1, minDurationMs: 3_600_000, minRequests: 1 },
        { kind: "approval", required: 1 },
        { kind: "canary", share: 0.5, minDurationMs: 7_200_000, minRequests: 1 },
        { kind: "soak", durationMs: 172_800_000, holdback: 0.01, minRequests: 1 },
      ],
    });
    expect(policy.thresholds).toHaveLength(5);
    expect(policy.thresholds[0]).toEqual({
      id: "p95_ttft_ms:max",
      name: "p95_ttft_ms",
      metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
      bound: { kind: "max", limit: 850 },
      windowMs: 300_000,
      consecutive: 3,
      minRequests: 100,
      action: "rollback",
      segments: ["region"],
      dryRun: false,
      attribution: "control",
    });
    expect(policy.thresholds[4]?.bound).toEqual({ kind: "max_increase", fraction: 0.15 });
  });

  it("says everything in plain words", () => {
    expect(describePolicy(policy)).toEqual([
      "Gate: quality must be better than the baseline's.",
      "Gate: tokens must exceed the baseline's by at most 15 %.",
      "Gate: p95_ms must be at most 1000.",
      "Step 1: copy 20 % of requests to the candidate, unseen by users, until 500 requests came in.",
      "Step 2: serve the candidate to 2 % of subjects for at least 30m and 300 requests.",
      "Step 3: serve the candidate to 10 % of subjects for at least 1h and 1 request.",
      "Step 4: wait for an approval.",
      "Step 5: serve the candidate to 50 % of subjects for at least 2h and 1 request.",
      "Step 6: serve the candidate to all but 1 % of subjects for at least 48h and 1 request.",
      "Neither the candidate's author nor whoever started the rollout may approve it.",
      "Roll back when p95 time to first token is above 850 ms over 5m, with at least 100 requests, as a whole or within one region.",
      "Roll back when toxicity rate is above 0.4 % over 10m, as a whole or within one region.",
      "Pause for review when groundedness score is below 0.82 over 15m, as a whole or within one region.",
      "Roll back when task completion rate is below 91 % over 30m, as a whole or within one region.",
      "Roll back when mean cost is more than 15 % above the concurrent control's over 30m, as a whole or within one region.",
      "A breach needs evidence that stays valid however often it is looked at: at most 1 % of healthy rollouts are rolled back in a day.",
      "Data younger than 30s is shown as provisional and not decided on.",
    ]);
  });

  it("is the same version whatever the order of its keys and its comments", () => {
    const shuffled = Object.fromEntries(Object.entries(parse(FULL) as object).toReversed());
    expect(policyDigest(shuffled)).toBe(policyDigest(parse(FULL)));
    expect(policyDigest({ ...shuffled, settle: "31s" })).not.toBe(policyDigest(shuffled));
  });

  it("fills in every default", () => {
    expect(parsePolicy({ name: "p", thresholds: { error_rate: { max: 0.02, action: "rollback" } } })).toEqual({
      name: "p",
      settleMs: 30_000,
      warmupMs: 0,
      evidence: "confident",
      alpha: 0.01,
      thresholds: [
        {
          id: "error_rate:max",
          name: "error_rate",
          metric: { kind: "rate", event: "error" },
          bound: { kind: "max", limit: 0.02 },
          windowMs: 300_000,
          consecutive: 1,
          minRequests: 1,
          action: "rollback",
          segments: [],
          dryRun: false,
          attribution: "control",
        },
      ],
      segments: [],
      gates: [],
      steps: [],
      allowSelfApproval: false,
    });
  });

  it("makes two thresholds of a band, and an approval step of requires_approval", () => {
    const band = parsePolicy({
      name: "p",
      thresholds: { mean_output_tokens: { min: 10, max: 900, action: "notify", segments: ["region"], alpha: 0.02 } },
      steps: [{ canary: 5, requires_approval: true }],
    });
    expect(band.thresholds.map(({ id, segments, alpha }) => [id, segments, alpha])).toEqual([
      ["mean_output_tokens:max", ["region"], 0.02],
      ["mean_output_tokens:min", ["region"], 0.02],
    ]);
    expect(band.steps.map((step) => step.kind)).toEqual(["approval", "canary"]);
  });

  it.each([
    ["no object", "rollback everything", [expect.stringMatching(/^ must be an object$/)]],
    ["an unknown key", { treshold: {} }, ["/treshold unknown key treshold: did you mean thresholds?"]],
    [
      "two misspelt keys",
      threshold({ max_increse: 0.1, vs: "control", xyzzy: 1 }),
      [
        "/thresholds/error_rate/max_increse unknown key max_increse: did you mean max_increase?",
        expect.stringMatching(/^\/thresholds\/error_rate\/xyzzy unknown key xyzzy: the keys here are max, min,/),
      ],
    ],
    [
      "no metric",
      { thresholds: { latency: { max: 1, action: "notify" } } },
      [expect.stringMatching(/^\/thresholds\/latency latency is not a metric/)],
    ],
    [
      "no action",
      { thresholds: { error_rate: { max: 1 } } },
      ["/thresholds/error_rate/action must be one of rollback, pause_for_review, notify"],
    ],
    ["no limit", threshold({}), ["/thresholds/error_rate needs a limit: one of max, min, max_increase, max_decrease"]],
    [
      "both families",
      threshold({ max: 1, max_increase: 0.1 }),
      [expect.stringMatching(/max and max_increase cannot stand together/)],
    ],
    [
      "vs with max",
      threshold({ max: 1, vs: "control" }),
      ["/thresholds/error_rate/vs goes with max_increase or max_decrease only"],
    ],
    [
      "last week",
      threshold({ max_increase: 0.1, vs: "last_week" }),
      [expect.stringMatching(/^\/thresholds\/error_rate\/vs must be control/)],
    ],
    [
      "no attribution of a relative limit",
      threshold({ max_increase: 0.1, attribution: "none" }),
      [expect.stringMatching(/attribution goes with max or min only/)],
    ],
    ["a crossed band", threshold({ min: 2, max: 1 }), ["/thresholds/error_rate/min must not exceed max 1"]],
    [
      "an odd duration",
      threshold({ max: 1, window: "5 minutes" }),
      ["/thresholds/error_rate/window must be a number and s, m, h or d, e.g. 30s, 5m, 48h or 7d"],
    ],
    ["an empty window", threshold({ max: 1, window: "0s" }), ["/thresholds/error_rate/window must be longer than 0s"]],
    [
      "a number as window",
      threshold({ max: 1, window: 300 }),
      [expect.stringMatching(/window must be a number and s/)],
    ],
    [
      "half a run",
      threshold({ max: 1, consecutive: 1.5 }),
      ["/thresholds/error_rate/consecutive must be a whole number"],
    ],
    ["no false alarms", { alpha: 0 }, ["/alpha must be above 0"]],
    ["a silent gate", { gates: { quality: {} } }, [expect.stringMatching(/^\/gates\/quality needs a rule/)]],
    [
      "a step of two kinds",
      { steps: [{ canary: "1%", soak: "1h" }] },
      ["/steps/0 must have exactly one of shadow, canary, approval, soak"],
    ],
    [
      "a step of none",
      { steps: [{ percent: 4 }] },
      ["/steps/0 must have exactly one of shadow, canary, approval, soak"],
    ],
    [
      "a misspelt step key",
      { steps: [{ canary: "1%", min_duraton: "1h" }] },
      ["/steps/0/min_duraton unknown key min_duraton: did you mean min_duration?"],
    ],
    [
      "too much traffic",
      { steps: [{ canary: "101%" }] },
      ["/steps/0/canary must be a percentage from 0% to 100%, e.g. 2%"],
    ],
    [
      "a fraction as percentage",
      { steps: [{ canary: 0.1 }] },
      [expect.stringMatching(/^\/steps\/0\/canary is ambiguous/)],
    ],
    [
      "shrinking traffic",
      { steps: [{ canary: "7%" }, { canary: "2%" }] },
      ["/steps/1/canary must not shrink: an earlier canary step already serves 7%"],
    ],
    ["no canary traffic", { steps: [{ canary: "0%" }] }, ["/steps/0/canary must be above 0%"]],
    [
      "shadow after canary",
      { steps: [{ canary: "7%" }, { shadow: "2%" }] },
      ["/steps/1/shadow shadow cannot come after canary"],
    ],
    [
      "two soaks",
      { steps: [{ soak: "1h" }, { soak: "2h" }] },
      ["/steps/1/soak there can be only one soak, the last step that serves"],
    ],
    ["another name", { name: "strict" }, ["/name is strict, but the policy is put under default"]],
    [
      "__proto__",
      JSON.parse('{"thresholds":{"__proto__":{"max":1,"action":"rollback"}}}'),
      ["/thresholds/__proto__ __proto__ cannot be used as a name"],
    ],
  ])("refuses %s", (_, document, expected) => {
    expect(complaints(document)).toEqual(expected);
  });

  it("needs a name from somewhere", () => {
    expect(thrownBy(() => parsePolicy({}))).toMatchObject({ code: "invalid_input", issues: [{ pointer: "/name" }] });
    expect(parsePolicy({}, PolicyName.parse("strict")).name).toBe("strict");
  });
});

describe("durations", () => {
  it.each([
    ["30s", 30_000],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["48h", 172_800_000],
    ["7d", 604_800_000],
    ["0s", 0],
    ["1.5s", 1_500],
  ])("%s is %d ms and back", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each(["", "5", "5 m", "m", "-5m", "1h30m", "5M", "1e3s", "99999999999999d"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("shares", () => {
  it("come back as the percentage that was written", () => {
    for (let percentage = 0; percentage <= 100; percentage++) expect(percentageOf(percentage / 100)).toBe(percentage);
    expect(percentageOf(0.005)).toBe(0.5);
  });
});
