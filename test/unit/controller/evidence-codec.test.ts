/** Evidence that was packed, written as JSON, read and unpacked is the evidence that it was, bit for bit. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  discardEvidence,
  packEvidence,
  readEvidence,
  unpackEvidence,
  writtenEvidence,
} from "@/server/controller/evidence-codec";
import type { StoredEvidence } from "@/server/controller/rollout-evidence";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { histories, RULES } from "@/test/arbitraries/evidence";

function evidenceOf(history: Parameters<typeof advanceRule>[1][]): StoredEvidence {
  const rules = Object.entries(RULES).map(([name, config]) => {
    const state = history.reduce((past, bucket) => advanceRule(past, bucket, config), startRule(config));
    return [name, { alpha: config.alpha, dispersion: config.dispersion, state }] as const;
  });
  return {
    policyVersion: 3,
    consumedToMs: 1_800_000_000_000,
    slots: { region: 10 },
    dispersions: { "error_rate:max": { value: 1.25, assumed: false } },
    track: "canary",
    acknowledged: ["error_rate:max"],
    rules: Object.fromEntries(rules),
    halves: {
      runs: 2,
      elapsedSec: 70,
      alarms: 1,
      alarmed: true,
      rules: Object.fromEntries(rules.map(([name, { state }]) => [`${name}/control-halves`, state])),
    },
  };
}

describe("packed evidence", () => {
  test("gives back every rule's state", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const evidence = evidenceOf([...history]);
        const written: unknown = JSON.parse(JSON.stringify(writtenEvidence(packEvidence(evidence))));
        const read = readEvidence(written);
        expect(read === undefined ? undefined : unpackEvidence(read)).toStrictEqual(evidence);
      }),
      { numRuns: 50 },
    );
  });

  test("of a rule that has seen nothing is that of a rule that has seen nothing", () => {
    const evidence = evidenceOf([]);
    expect(unpackEvidence(packEvidence(evidence))).toStrictEqual(evidence);
  });

  test("is its own, whatever is packed after it, until it is discarded", () => {
    const [first, second] = [evidenceOf([]), { ...evidenceOf([]), halves: { ...evidenceOf([]).halves, rules: {} } }];
    const packed = packEvidence(first);
    const other = packEvidence(second);
    expect(unpackEvidence(packed)).toStrictEqual(first);
    discardEvidence(packed);
    expect(packed.numbers).toHaveLength(0);
    expect(unpackEvidence(other)).toStrictEqual(second);
  });

  test("longer than any before it is packed whole", () => {
    const few = evidenceOf([]);
    const [[name, rule] = ["", undefined]] = Object.entries(few.rules);
    const rules = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`${name}${at}`, rule]));
    const many = { ...few, rules } as StoredEvidence;
    expect(unpackEvidence(packEvidence(many))).toStrictEqual(many);
  });

  test.each([
    undefined,
    null,
    {},
    { statVersion: "wsr-0" },
    { ...writtenEvidence(packEvidence(evidenceOf([]))), statVersion: "wsr-0" },
  ])("that nobody or another version wrote is not read: %j", (written) => {
    expect(readEvidence(written)).toBeUndefined();
  });
});
