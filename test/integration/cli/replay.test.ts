/** `switchback replay` through the whole command line: worked examples, and what windows alone decide. */
import { describe, expect, it } from "vitest";
import examples from "@/test/fixtures/worked-examples.json";
import { linesOf, type Arm } from "./requests";
import { after, CONTROL_ARM, decisionsOf, replay, TTFT, ttft } from "./replaying";

describe("worked examples", () => {
  const window = { evidence: "window", thresholds: examples.rollbackPolicy.thresholds };

  /** A minute has 1,000 requests; whole minutes have exactly the metric's value, and no beginning of one is worse. */
  function facts(metrics: Partial<Record<keyof typeof window.thresholds, number>>): NonNullable<Arm["facts"]> {
    const { p95_ttft_ms, groundedness_score, toxicity_rate, task_completion_rate } = metrics;
    const last = (index: number, share: number): boolean => index % 1_000 >= 1_000 - Math.round(share * 1_000);
    return (index) => ({
      ...(p95_ttft_ms === undefined ? {} : { ttftMs: p95_ttft_ms }),
      ...(groundedness_score === undefined ? {} : { scores: { groundedness: groundedness_score } }),
      ...(toxicity_rate === undefined ? {} : { toxic: last(index, toxicity_rate) }),
      ...(task_completion_rate === undefined ? {} : { taskCompleted: !last(index, 1 - task_completion_rate) }),
    });
  }

  it.each(examples.rollbackPolicy.cases)("decides $decision", async ({ metrics, decision, violations }) => {
    const replayed = await replay(window, linesOf({ to: 3, perMinute: 1_000, facts: facts(metrics) }));
    expect(replayed.summary.final).toBe(decision);
    const shown = replayed.changes.at(-1)?.violations.map(({ action, message }) => [action, message]);
    expect(shown).toEqual(violations);
  });

  it("sustains a breach over the example's windows", async () => {
    const [sustained] = examples.sustainedBreach.cases;
    const thresholds = { p95_ttft_ms: { max: 850, window: "5m", consecutive: 3, action: "rollback" } };
    const arms = (sustained?.windows ?? []).map((ms, index) => ({
      from: index * 5,
      to: index * 5 + 5,
      facts: ttft(ms),
    }));
    const replayed = await replay({ evidence: "window", thresholds }, linesOf(...arms));
    expect(replayed.summary).toMatchObject({ final: "rollback", requests: 1_200 });
  });
});

describe("evidence: window", () => {
  /** Ten-second windows with one value each, 6 requests a window. */
  const windows = (...values: readonly number[]): string =>
    linesOf(...values.map((ms, index) => ({ from: index / 6, to: (index + 1) / 6, perMinute: 36, facts: ttft(ms) })));
  const thrice = (settle = "0s") => ({
    settle,
    evidence: "window",
    thresholds: { p95_ttft_ms: { ...TTFT.p95_ttft_ms, consecutive: 3 } },
  });

  it.each([
    ["three bad windows in a row", [800, 900, 910, 920], ["continue", "rollback"], after(40)],
    ["two bad windows", [800, 900, 910, 800, 800], ["continue"], null],
    ["a good window between bad ones", [900, 910, 800, 920, 930], ["continue"], null],
    ["exactly the limit", [850, 850, 850, 850], ["continue"], null],
    ["a recovery", [900, 910, 920, 800, 800], ["continue", "rollback", "continue"], after(30)],
  ] as const)("%s", async (_name, values, decisions, firstRollbackAt) => {
    const replayed = await replay(thrice(), windows(...values));
    expect(decisionsOf(replayed)).toEqual(decisions);
    expect(replayed.summary).toEqual({
      final: decisions.at(-1),
      firstRollbackAt,
      firstPauseAt: null,
      evaluations: values.length,
      requests: values.length * 6,
    });
  });

  it("decides when the data has settled, and looks on until all of it has", async () => {
    const replayed = await replay(thrice("30s"), windows(800, 900, 910, 920));
    expect(replayed.summary).toMatchObject({ final: "rollback", firstRollbackAt: after(70), evaluations: 7 });
  });

  it("evaluates at the ticks that are asked for", async () => {
    const data = windows(800, 900, 910, 920, 930, 940);
    expect((await replay(thrice(), data, "--tick", "30s")).summary).toMatchObject({
      evaluations: 2,
      firstRollbackAt: after(60),
    });
    // Nothing new has settled at every second of these ticks.
    expect((await replay(thrice(), data, "--tick", "5s")).summary).toMatchObject({
      evaluations: 7,
      firstRollbackAt: after(40),
    });
  });

  it("begins with the candidate's first request, however late", async () => {
    const control = { ...CONTROL_ARM, to: 30, facts: ttft(900) };
    const candidate = { from: 20, to: 30, facts: (index: number) => ({ ttftMs: index < 300 ? 400 : 900 }) };
    const replayed = await replay({ settle: "0s", evidence: "window", thresholds: TTFT }, linesOf(control, candidate));
    expect(replayed.changes[0]?.time).toBe(after(20 * 60 + 10));
    expect(replayed.summary).toMatchObject({ firstRollbackAt: after(25 * 60 + 10), evaluations: 60, requests: 2_400 });
  });

  it("never takes missing data for a pass: nothing is promoted, and an old breach is not held against silence", async () => {
    const silent = {
      evidence: "window",
      thresholds: { ...TTFT, groundedness_score: { min: 0.8, window: "1m", action: "rollback" } },
      steps: [{ canary: "50%" }],
    };
    const untimed = await replay(silent, linesOf({ to: 5, facts: () => ({}) }));
    expect(decisionsOf(untimed)).toEqual(["continue"]);
    const good = await replay(
      silent,
      linesOf({ to: 5, facts: () => ({ ttftMs: 400, scores: { groundedness: 0.9 } }) }),
    );
    expect(decisionsOf(good)).toEqual(["continue"]);
    const gone = linesOf({ ...CONTROL_ARM, to: 5 }, { to: 2, facts: ttft(900) });
    expect(decisionsOf(await replay(silent, gone))).toEqual(["continue", "rollback", "continue"]);
  });

  it.each([
    [
      "20 % more than the control",
      1.2,
      "rollback",
      ["mean_cost_usd=0.0048 exceeds control 0.0040 by 20.0 % (limit 15 %) over 5m"],
    ],
    ["10 % more", 1.1, "continue", []],
    ["15 % more, exactly what is allowed", 1.15, "continue", []],
  ] as const)("a relative limit: %s", async (_name, factor, final, messages) => {
    const thresholds = { mean_cost_usd: { max_increase: 0.15, vs: "control", window: "5m", action: "rollback" } };
    // Both arms become dearer together: that is nobody's fault.
    const cost = (usd: number) => (index: number) => ({ costUsd: index < 300 ? usd : 3 * usd });
    const arms = [{ ...CONTROL_ARM, facts: cost(0.004) }, { facts: cost(0.004 * factor) }];
    const replayed = await replay({ evidence: "window", thresholds }, linesOf(...arms));
    expect(replayed.summary.final).toBe(final);
    expect(replayed.changes.at(-1)?.violations.map(({ message }) => message)).toEqual(messages);
  });

  it("cannot judge a relative limit without a control, and says so", async () => {
    const thresholds = { mean_cost_usd: { max_increase: 0.15, window: "5m", action: "rollback" } };
    const replayed = await replay({ evidence: "window", thresholds }, linesOf({ facts: () => ({ costUsd: 1 }) }));
    expect(replayed.summary.final).toBe("continue");
    expect(replayed.err).toContain("limits relative to the control cannot be judged");
  });

  it("finds the one segment that is broken", async () => {
    const policy = { evidence: "window", thresholds: TTFT, segments: ["region"] };
    const facts = (index: number) =>
      index % 30 === 0 ? { region: "us-west", ttftMs: 1_200 } : { region: "eu-central", ttftMs: 400 };
    const replayed = await replay(policy, linesOf({ to: 5, perMinute: 600, facts }));
    expect(replayed.changes.at(-1)).toMatchObject({
      decision: "rollback",
      violations: [{ metric: "p95_ttft_ms", segment: "region=us-west" }],
    });
  });

  it("only notifies and pauses where the policy asks for no more", async () => {
    const thresholds = {
      p95_ttft_ms: { ...TTFT.p95_ttft_ms, action: "notify" },
      groundedness_score: { min: 0.8, window: "1m", action: "pause_for_review" },
    };
    const facts = (index: number) => ({ ttftMs: 900, scores: { groundedness: index < 300 ? 0.9 : 0.5 } });
    const replayed = await replay({ evidence: "window", thresholds }, linesOf({ facts }));
    expect(decisionsOf(replayed)).toEqual(["continue", "pause_for_review"]);
    expect(replayed.summary).toMatchObject({ firstRollbackAt: null, final: "pause_for_review" });
    expect(replayed.summary.firstPauseAt).toBe(replayed.changes[1]?.time);
  });
});
