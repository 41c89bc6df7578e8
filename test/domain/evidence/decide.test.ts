/** The decision table, row by row, and that the first row that applies wins whatever else is true. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecisionInput, JudgedRule } from "@/server/domain/evidence/decide";
import { combinedEvidence, decideFromEvidence } from "@/server/domain/evidence/decide";
import type { RuleReading } from "@/server/domain/evidence/rule-reading";
import { RULE_STATUSES } from "@/server/domain/evidence/rule-reading";
import { THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";

/** A quiet, proved rollback rule with a twin. */
const QUIET: RuleReading = {
  ruleId: "p95_ttft_ms",
  action: "rollback",
  attribution: "twin",
  status: "ok",
  alpha: 0.005,
  threshold: 200,
  m: 0.01,
  log10M: -2,
  founded: true,
  breaching: false,
  breachedAtMs: null,
  twinM: 0.5,
  twinReached: false,
  controlReached: false,
  proofLog: 4,
  proven: true,
  n: 1000,
  events: 10,
  effectiveN: 1000,
  moreNeeded: 0,
  elapsedSec: 600,
  budget: 0.6,
};

const BROKEN: Partial<RuleReading> = { status: "breach", breaching: true, breachedAtMs: 1, m: 1_000 };

function rule(reading: Partial<RuleReading> = {}, flags: Partial<JudgedRule> = {}): JudgedRule {
  return { reading: { ...QUIET, ...reading }, required: true, acknowledged: false, incomparable: false, ...flags };
}

function input(rules: readonly JudgedRule[], flags: Partial<DecisionInput> = {}): DecisionInput {
  return {
    rules,
    controlExists: true,
    candidateShare: 0.1,
    splitMismatch: false,
    telemetryErrors: false,
    ...flags,
  };
}

interface Row {
  readonly guarantee: string;
  readonly given: DecisionInput;
  readonly row: number;
  readonly outcome: string;
  readonly reason: string;
}

const rows: readonly Row[] = [
  {
    guarantee: "a broken limit that the comparison blames on the candidate is rolled back",
    given: input([rule({ ...BROKEN, twinReached: true })]),
    row: 1,
    outcome: "rollback",
    reason: "attributed_breach",
  },
  {
    guarantee: "a comparison that breaches by itself is rolled back",
    given: input([rule({ ...BROKEN, attribution: "self", twinM: null })]),
    row: 1,
    outcome: "rollback",
    reason: "attributed_breach",
  },
  {
    guarantee: "attribution: none rolls back on the limit alone",
    given: input([rule({ ...BROKEN, attribution: "none", twinM: null })]),
    row: 1,
    outcome: "rollback",
    reason: "attributed_breach",
  },
  {
    guarantee: "without a control at half of the traffic or more the limit alone is enough",
    given: input([rule(BROKEN)], { controlExists: false, candidateShare: 0.5 }),
    row: 1,
    outcome: "rollback",
    reason: "attributed_breach",
  },
  {
    guarantee: "an acknowledged breach is still rolled back once it is attributed",
    given: input([rule({ ...BROKEN, twinReached: true }, { acknowledged: true })]),
    row: 1,
    outcome: "rollback",
    reason: "attributed_breach",
  },
  {
    guarantee: "two old latches do not add up: the breach must hold in the same bucket as the comparison",
    given: input([rule({ ...BROKEN, breaching: false, twinReached: true })]),
    row: 3,
    outcome: "pause_for_review",
    reason: "unattributed",
  },
  {
    guarantee: "a limit broken for the control too is the environment",
    given: input([rule({ ...BROKEN, controlReached: true })]),
    row: 2,
    outcome: "pause_for_review",
    reason: "environment",
  },
  {
    guarantee: "a broken limit with an undecided comparison pauses",
    given: input([rule(BROKEN)]),
    row: 3,
    outcome: "pause_for_review",
    reason: "unattributed",
  },
  {
    guarantee: "without a control below half of the traffic a broken limit pauses",
    given: input([rule(BROKEN)], { controlExists: false, candidateShare: 0.49 }),
    row: 3,
    outcome: "pause_for_review",
    reason: "unattributed",
  },
  {
    guarantee: "a pause rule pauses whatever its comparison says",
    given: input([rule({ ...BROKEN, action: "pause_for_review", twinReached: true })]),
    row: 4,
    outcome: "pause_for_review",
    reason: "quality",
  },
  {
    guarantee: "a rollback rule whose arms are not comparable may only pause",
    given: input([rule({ ...BROKEN, twinReached: true }, { incomparable: true })]),
    row: 4,
    outcome: "pause_for_review",
    reason: "quality",
  },
  {
    guarantee: "evidence spread over several rollback rules pauses",
    given: input([rule({ m: 120, status: "watch" }), rule({ m: 120, status: "watch" })]),
    row: 4,
    outcome: "pause_for_review",
    reason: "combined_evidence",
  },
  {
    guarantee: "a notify rule decides nothing",
    given: input([rule({ ...BROKEN, action: "notify", twinReached: true }, { required: false })]),
    row: 6,
    outcome: "continue",
    reason: "collecting",
  },
  {
    guarantee: "traffic that is not split as configured holds",
    given: input([rule()], { splitMismatch: true }),
    row: 5,
    outcome: "hold",
    reason: "split_mismatch",
  },
  {
    guarantee: "a rule that fires between halves of the control holds",
    given: input([rule({}, { incomparable: true })]),
    row: 5,
    outcome: "hold",
    reason: "arms_not_comparable",
  },
  {
    guarantee: "silence of a required rule holds",
    given: input([rule({ status: "no_data" })]),
    row: 5,
    outcome: "hold",
    reason: "no_data",
  },
  {
    guarantee: "broken telemetry holds",
    given: input([rule()], { telemetryErrors: true }),
    row: 5,
    outcome: "hold",
    reason: "telemetry_errors",
  },
  {
    guarantee: "otherwise it goes on",
    given: input([rule()]),
    row: 6,
    outcome: "continue",
    reason: "collecting",
  },
];

describe("decision table", () => {
  test.each(rows)("row $row: $guarantee", ({ given, row, outcome, reason }) => {
    expect(decideFromEvidence(given)).toMatchObject({ row, outcome, reason });
  });

  test("every row of the table is covered above", () => {
    expect(new Set(rows.map(({ row }) => row))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  test("a hold is a continue to the rollout", () => {
    expect(decideFromEvidence(input([rule()], { splitMismatch: true })).decision).toBe("continue");
  });

  test("the rules that decided are named", () => {
    const guilty = rule({ ...BROKEN, twinReached: true, ruleId: "toxicity_rate" });
    expect(decideFromEvidence(input([rule(), guilty])).ruleIds).toEqual(["toxicity_rate"]);
  });

  test("combined evidence leaves out what is acknowledged, pauses only, or has too few events", () => {
    const m = 60;
    const others = [
      rule({ m }, { acknowledged: true }),
      rule({ m, action: "pause_for_review" }),
      rule({ m, founded: false }),
    ];
    expect(combinedEvidence([rule({ m }), ...others])).toBeCloseTo(0.3, 12);
  });

  test("one rule alone never pauses through the combined evidence, before its breach is sustained", () => {
    expect(decideFromEvidence(input([rule({ m: 1e9, status: "watch" })])).outcome).toBe("continue");
  });

  test("combined evidence never falls as a rule gets worse", () => {
    const sums = [10, 100, 199, 200, 1e9].map((m) => combinedEvidence([rule({ m }), rule({ m: 100 })]));
    expect(sums).toEqual(sums.toSorted((a, b) => a - b));
    expect(sums.at(-1)).toBe(1);
  });
});

const readings: fc.Arbitrary<JudgedRule> = fc
  .record({
    action: fc.constantFrom(...THRESHOLD_ACTIONS),
    attribution: fc.constantFrom("twin", "self", "none" as const),
    status: fc.constantFrom(...RULE_STATUSES),
    breaching: fc.boolean(),
    twinReached: fc.boolean(),
    controlReached: fc.boolean(),
    m: fc.constantFrom(0.01, 20, 300),
    required: fc.boolean(),
    acknowledged: fc.boolean(),
    incomparable: fc.boolean(),
  })
  .map(({ required, acknowledged, incomparable, ...reading }) => ({
    reading: { ...QUIET, ...reading, breaching: reading.breaching && reading.status === "breach" },
    required,
    acknowledged,
    incomparable,
  }));

const inputs: fc.Arbitrary<DecisionInput> = fc.record({
  rules: fc.array(readings, { maxLength: 5 }),
  controlExists: fc.boolean(),
  candidateShare: fc.double({ min: 0, max: 1, noNaN: true }),
  splitMismatch: fc.boolean(),
  telemetryErrors: fc.boolean(),
});

describe("whatever the readings", () => {
  test("a rollback always names a rollback rule that breaches now", () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const decision = decideFromEvidence(given);
        fc.pre(decision.outcome === "rollback");
        const guilty = given.rules.filter(({ reading }) => decision.ruleIds.includes(reading.ruleId));
        expect(guilty.some(({ reading }) => reading.action === "rollback" && reading.breaching)).toBe(true);
      }),
    );
  });

  test("the order of the rules does not matter", () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { row, outcome, reason } = decideFromEvidence(given);
        const turned = decideFromEvidence({ ...given, rules: given.rules.toReversed() });
        expect(turned).toMatchObject({ row, outcome, reason });
      }),
    );
  });

  test("one more breaching rule never makes a decision milder", () => {
    const severity = { continue: 0, hold: 1, pause_for_review: 2, rollback: 3 } as const;
    fc.assert(
      fc.property(inputs, readings, (given, extra) => {
        const breaching = { ...extra, reading: { ...extra.reading, ...BROKEN } };
        const more = decideFromEvidence({ ...given, rules: [...given.rules, breaching] });
        fc.pre(extra.reading.action !== "notify" && !extra.acknowledged);
        expect(severity[more.outcome]).toBeGreaterThanOrEqual(severity[decideFromEvidence(given).outcome]);
      }),
    );
  });
});
