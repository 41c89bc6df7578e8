import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPercent } from "@/server/domain/gate/format-change";
import type { Limits } from "@/server/domain/gate/promotion-gate";
import { LimitsInput, gatesFromLimits, promotionGate } from "@/server/domain/gate/promotion-gate";
import { compareShadow } from "@/server/domain/gate/shadow-comparison";
import { issuesOf } from "@/server/domain/input";
import examples from "@/test/fixtures/worked-examples.json";

const gate = (baseline: Record<string, number>, candidate: Record<string, number>, limits: Limits) =>
  promotionGate({ baseline, candidate, gates: gatesFromLimits(LimitsInput.parse(limits), candidate) });

describe("promotion gate", () => {
  it.each(examples.promotionGate.cases)("gives the worked example", ({ baseline, candidate, limits, output }) => {
    const { promote, verdict, checks } = gate(baseline, candidate, limits);
    const [quality, tokens, latency] = checks;
    expect(checks.map((check) => check.name)).toEqual(["quality", "tokens", "p95_ms"]);
    expect({
      quality_improved: quality?.passed,
      token_increase: formatPercent(tokens?.observed ?? Number.NaN),
      promote,
    }).toEqual(output);
    expect(verdict).toBe("refuse");
    expect(tokens).toMatchObject({
      tier: "paid",
      passed: false,
      limit: 0.15,
      message: "tokens increase 27.4% exceeds 15.0% (620 → 790)",
    });
    expect(latency).toMatchObject({ passed: true, observed: 970, limit: 1000, message: "p95_ms=970 within max 1000" });
  });

  it.each<[string, Record<string, number>, Record<string, number>, Limits, "promote" | "refuse" | "unknown"]>([
    ["equal to max", {}, { p95_ms: 1000 }, { max_p95_ms: 1000 }, "promote"],
    ["above max", {}, { p95_ms: 1001 }, { max_p95_ms: 1000 }, "refuse"],
    ["below min", {}, { safety: 0.9 }, { min_safety: 0.95 }, "refuse"],
    ["equal to the allowed increase", { cost: 0.004 }, { cost: 0.0046 }, { cost: { max_increase: 0.15 } }, "promote"],
    ["equal quality", { quality: 0.8 }, { quality: 0.8 }, {}, "refuse"],
    ["fewer tokens", { tokens: 5 }, { tokens: 4 }, { tokens: { improve: true } }, "promote"],
    ["a greater p95", { p95_ms: 5 }, { p95_ms: 6 }, { p95_ms: { improve: true } }, "refuse"],
    ["a result that is missing", { tokens: 5 }, {}, { max_token_increase: 0.1 }, "unknown"],
    ["a baseline that is missing", {}, { tokens: 5 }, { max_tokens_increase: 0.1 }, "unknown"],
    ["missing and broken", {}, { tokens: 5, p95_ms: 9 }, { max_tokens_increase: 0.1, max_p95_ms: 8 }, "refuse"],
    ["something out of nothing", { tokens: 0 }, { tokens: 5 }, { max_token_increase: 0.1 }, "refuse"],
    ["a fall within limits", { safety: 1 }, { safety: 0.95 }, { max_safety_decrease: 0.05 }, "promote"],
    ["a quality floor alone", {}, { quality: 0.9 }, { quality: { min: 0.85 } }, "promote"],
    ["an inherited name", {}, {}, { max_constructor: 1 }, "unknown"],
  ])("%s", (_, baseline, candidate, limits, verdict) => {
    const result = gate(baseline, candidate, limits);
    expect(result.verdict).toBe(verdict);
    expect(result.promote).toBe(verdict === "promote");
  });

  it("counts the free checks and puts them first", () => {
    const free = [
      { tier: "free", name: "parity", passed: false, observed: 1, limit: 0, message: "1 view differs" },
    ] as const;
    const result = promotionGate({ candidate: { p95_ms: 1 }, gates: gatesFromLimits({ max_p95_ms: 2 }, {}), free });
    expect(result.checks.map((check) => [check.tier, check.passed])).toEqual([
      ["free", false],
      ["paid", true],
    ]);
    expect(result.promote).toBe(false);
  });

  it("refuses a number that is no limit", () => {
    const result = LimitsInput.safeParse({ quality: 0.9 });
    expect(result.success ? [] : issuesOf(result.error)).toEqual([
      {
        pointer: "/quality",
        message: "quality is no limit: write max_quality or min_quality, or {quality: {max: 0.9}}",
      },
    ]);
  });

  it("never promotes a worse result where it refuses a better one", () => {
    const value = fc.double({ min: 0, max: 1e6, noNaN: true });
    const limits = { max_token_increase: 0.15, max_p95_ms: 1000 };
    fc.assert(
      fc.property(value, value, value, value, value, (base, tokens, p95, moreTokens, moreLatency) => {
        const worse = { tokens: tokens + moreTokens, p95_ms: p95 + moreLatency };
        const better = gate({ tokens: base }, { tokens, p95_ms: p95 }, limits).promote;
        expect(gate({ tokens: base }, worse, limits).promote && !better).toBe(false);
      }),
    );
  });
});

describe("shadow comparison", () => {
  it.each(examples.shadowComparison.cases)("gives the worked example", ({ control, shadow, output }) => {
    const compared = compareShadow({
      control: { judgeScores: control.judge_scores, tokens: control.tokens },
      shadow: { judgeScores: shadow.judge_scores, tokens: shadow.tokens },
      costReviewAbove: output.cost_review_above,
    });
    expect({
      quality_delta: compared.qualityDeltaText,
      token_delta: compared.tokenDeltaText,
      needs_cost_review: compared.needsCostReview,
      cost_review_above: output.cost_review_above,
    }).toEqual(output);
  });

  it("without data asks for a review rather than passing", () => {
    const empty = { judgeScores: [], tokens: [] };
    expect(compareShadow({ control: empty, shadow: empty })).toEqual({
      qualityDeltaText: "no data",
      tokenDeltaText: "no data",
      needsCostReview: true,
    });
  });

  it("writes falls with their sign", () => {
    const compared = compareShadow({
      control: { judgeScores: [0.9], tokens: [100] },
      shadow: { judgeScores: [0.85], tokens: [90] },
    });
    expect([compared.qualityDeltaText, compared.tokenDeltaText, compared.needsCostReview]).toEqual([
      "-0.050",
      "-10.0%",
      false,
    ]);
  });
});
