/** From readings of evidence to findings: what is still needed, what regressed besides, and when a comparison is no comparison. */
import { describe, expect, test } from "vitest";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule, type RuleReading } from "@/server/domain/evidence/rule-reading";
import { concludeEvaluation } from "@/server/domain/policy/evaluate-policy";
import { judgeEvidence, type EvidenceRule } from "@/server/domain/policy/judge-evidence";
import { parsePolicy } from "@/server/domain/policy/policy";
import { bucketTimes, ruleOf } from "@/test/arbitraries/evidence";

const POLICY = parsePolicy({
  name: "p",
  thresholds: {
    error_rate: { max: 0.05, window: "5m", min_requests: 100, action: "rollback" },
    toxicity_rate: { max: 0.004, window: "5m", action: "rollback" },
  },
  steps: [{ canary: "10%" }],
});

/** Evidence of so many ten-second buckets with so many requests and errors in each. */
function readingOf(
  ticks: number,
  arms: { n: number; bad: number; controlN?: number; controlBad?: number },
  ruleId = "error_rate:max",
): RuleReading {
  const config = {
    ...ruleOf({ metric: { kind: "rate", event: "error" }, limit: { kind: "max", value: 0.05 } }),
    ruleId,
  };
  const { n, bad, controlN = n, controlBad = 0 } = arms;
  let state = startRule(config);
  for (let tick = 0; tick < ticks; tick++) {
    state = advanceRule(
      state,
      {
        ...bucketTimes(tick),
        candidate: { n, events: bad, badSubjects: ["a", "b", "c"] },
        control: { n: controlN, events: controlBad, badSubjects: [] },
      },
      config,
    );
  }
  return readRule(state, config);
}

function ruleFrom(reading: RuleReading, over: Partial<EvidenceRule> = {}, at = 0): EvidenceRule {
  const threshold = POLICY.thresholds[at];
  if (threshold === undefined) throw new Error("no threshold");
  const sample = { count: 300, value: 0.03, lower: null, upper: null };
  return { windows: { threshold, candidate: [sample], control: [sample] }, reading, tooFewSubjects: false, ...over };
}

function judge(...rules: EvidenceRule[]): ReturnType<typeof judgeEvidence> {
  return judgeEvidence({ rules, controlExists: true, candidateShare: 0.1, acknowledged: new Set() });
}

describe("a rule without a verdict", () => {
  test("says how many of about how many requests it has, and when it will know", () => {
    const [finding] = judge(ruleFrom(readingOf(12, { n: 20, bad: 0 }))).findings;
    expect(finding?.verdict).toBe("pass");
    expect(finding?.evidence).toMatchObject({ n: 240, proven: true });
    const [early] = judge(ruleFrom(readingOf(3, { n: 40, bad: 1 }))).findings;
    expect(early?.evidence).toMatchObject({ n: 120, proven: false });
    const { more, etaMs } = early?.evidence ?? {};
    expect(more).toBeGreaterThan(0);
    // Forty requests in ten seconds.
    expect(etaMs).toBe(Math.ceil(((more ?? 0) * 30_000) / 120));
    expect(early?.detail).toMatch(
      /^3 % over 5m, not enough evidence either way: 120 of about \d+ requests, about \d+[sm] to go at this rate$/,
    );
  });

  test("under its minimum says when it will be judged", () => {
    const [finding] = judge(ruleFrom(readingOf(3, { n: 20, bad: 0 }))).findings;
    expect(finding).toMatchObject({ verdict: "collecting", needed: 100 });
    expect(finding?.detail).toBe("60 of 100 requests since the start, about 20s to go at this rate");
  });

  test("the last step waits for its proof with an estimate", () => {
    const judgement = judge(ruleFrom(readingOf(3, { n: 40, bad: 1 })));
    const step = {
      step: POLICY.steps[0] ?? { kind: "approval" as const, required: 1 },
      stepStartedMs: 0,
      atMs: 60_000,
    };
    const { waitingFor } = concludeEvaluation({
      policy: POLICY,
      judgement,
      step: { ...step, requests: 120, isLast: true, paused: false },
    });
    expect(waitingFor).toMatchObject([{ what: "proof that error_rate is within its limit", have: 120 }]);
    expect(waitingFor[0]?.needed).toBeGreaterThan(120);
    expect(waitingFor[0]?.etaMs).toBeGreaterThan(0);
  });
});

describe("a step that is held", () => {
  test("by a candidate that is silent while its control answers breaks no limit", () => {
    const silent = readingOf(12, { n: 0, bad: 0, controlN: 20 });
    expect(silent.status).toBe("no_data");
    const judgement = judge(ruleFrom(silent));
    expect(judgement).toMatchObject({ decision: "continue", findings: [{ verdict: "no_data" }] });
    expect(judgement.violations).toEqual([]);
  });

  test("by a control that disagrees with itself breaks none either", () => {
    const judgement = judge(ruleFrom(readingOf(12, { n: 20, bad: 0 }), { halvesM: 25 }));
    expect(judgement).toMatchObject({ decision: "continue", holds: [expect.stringContaining("agree with itself")] });
    expect(judgement.violations).toEqual([]);
  });
});

describe("a limit that people only want to hear of", () => {
  const policy = parsePolicy({
    name: "p",
    thresholds: { error_rate: { max: 0.05, window: "5m", action: "notify" } },
    steps: [{ canary: "10%" }],
  });
  const notice = (reading: RuleReading, over: Partial<EvidenceRule> = {}): EvidenceRule => {
    const [threshold] = policy.thresholds;
    if (threshold === undefined) throw new Error("no threshold");
    const rule = ruleFrom({ ...reading, action: "notify" }, over);
    const candidate = [{ count: 300, value: 0.3, lower: null, upper: null }];
    return { ...rule, windows: { ...rule.windows, threshold, candidate } };
  };
  const broken = readingOf(30, { n: 20, bad: 6 });

  test("is a violation when it breaks, and decides nothing", () => {
    expect(judge(notice(broken))).toMatchObject({
      decision: "continue",
      violations: [{ metric: "error_rate", action: "notify", threshold: 0.05 }],
    });
  });

  test("is said of a rollout that goes on", () => {
    const { sentence } = concludeEvaluation({
      policy,
      judgement: judge(notice(broken)),
      step: {
        step: { kind: "canary", share: 0.1, minDurationMs: 600_000, minRequests: 1 },
        stepStartedMs: 0,
        atMs: 300_000,
        requests: 600,
        isLast: false,
        paused: false,
      },
    });
    expect(sentence).toMatch(
      /^Goes on, although error rate is 30 %, above the limit of 5 % over 5m, which only notifies; waiting for step duration/,
    );
  });

  test("is none while it holds, for one or two subjects, or where the control disagrees with itself", () => {
    expect(judge(notice(readingOf(30, { n: 20, bad: 0 }))).violations).toEqual([]);
    expect(judge(notice(broken, { tooFewSubjects: true })).violations).toEqual([]);
    expect(judge(notice(broken, { halvesM: 25 })).violations).toEqual([]);
  });
});

describe("what regressed", () => {
  const broken = readingOf(30, { n: 20, bad: 6 });
  const watched = readingOf(8, { n: 20, bad: 3, controlBad: 3 }, "toxicity_rate:max");

  test("is listed with the decision, beyond the rule that decided", () => {
    expect(watched.m).toBeGreaterThan(20);
    const judgement = judge(ruleFrom(broken), ruleFrom(watched, {}, 1));
    expect(judgement.decision).toBe("rollback");
    expect(judgement.findings.map(({ evidence }) => evidence?.regressed)).toEqual([true, true]);
    const { sentence } = concludeEvaluation({
      policy: POLICY,
      judgement,
      step: {
        step: { kind: "canary", share: 0.1, minDurationMs: 0, minRequests: 1 },
        stepStartedMs: 0,
        atMs: 300_000,
        requests: 600,
        isLast: true,
        paused: false,
      },
    });
    expect(sentence).toMatch(/Regressed as well: toxicity_rate\.$/);
  });

  test("a rule within its limit is not", () => {
    const judgement = judge(ruleFrom(broken), ruleFrom(readingOf(30, { n: 20, bad: 0 }, "toxicity_rate:max"), {}, 1));
    expect(judgement.findings[1]?.evidence?.regressed).toBeUndefined();
  });
});

describe("a comparison whose control disagrees with itself", () => {
  const broken = readingOf(30, { n: 20, bad: 6 });

  test("pauses instead of rolling back, is not comparable, and holds the step", () => {
    const judgement = judge(ruleFrom(broken, { halvesM: 25 }));
    expect(judgement).toMatchObject({
      decision: "pause_for_review",
      violations: [{ metric: "error_rate", action: "pause_for_review" }],
      findings: [{ verdict: "not_comparable" }],
      holds: ["the control to agree with itself on error_rate"],
    });
    expect(judgement.findings[0]?.detail).toContain(
      "the control disagrees with itself: its two halves differ as well, evidence 25:1",
    );
  });

  test.each([undefined, 0.2, 19.9])("evidence of %s that its halves differ changes nothing", (halvesM) => {
    expect(judge(ruleFrom(broken, { halvesM }))).toMatchObject({ decision: "rollback", holds: [] });
  });
});

test("a shadow that is not streamed compares no first token, whatever else it answers", () => {
  const rule = ruleFrom(readingOf(6, { n: 20, bad: 0 }));
  const [finding] = judge({ ...rule, windows: { ...rule.windows, unmeasured: "the shadow is not streamed" } }).findings;
  expect(finding).toMatchObject({ verdict: "not_comparable", detail: "the shadow is not streamed" });
});
