import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agreementOf, labelsLastUntil, RECENT_LABEL_MS, type JudgeLabel } from "@/server/domain/judge/agreement";
import { anchorDrift } from "@/server/domain/judge/anchor-drift";
import { judgeStanding, type JudgeState } from "@/server/domain/judge/judge-standing";

const NOW = Date.UTC(2026, 3, 12);

/** Labels from a table of counts: both pass, judge alone passes, person alone passes, both fail. */
function labelled(counts: readonly [number, number, number, number], atMs = NOW): JudgeLabel[] {
  const cells = [
    [0.9, 0.9],
    [0.9, 0.2],
    [0.2, 0.9],
    [0.2, 0.2],
  ] as const;
  return cells.flatMap(([judgeValue, humanValue], cell) =>
    Array.from({ length: counts[cell] ?? 0 }, (_, i) => ({
      itemId: `${cell}-${i}`,
      labelledBy: "ana",
      judgeValue,
      humanValue,
      atMs,
    })),
  );
}

describe("agreement", () => {
  it("lasts until the fiftieth newest label is no longer recent", () => {
    const labels = labelled([60, 0, 0, 0]).map((label, i) => ({ ...label, atMs: NOW - i }));
    const untilMs = labelsLastUntil(labels, NOW);
    expect(untilMs).toBe(NOW - 49 + RECENT_LABEL_MS);
    expect(agreementOf(labels, (untilMs ?? 0) - 1).n).toBe(50);
    expect(agreementOf(labels, untilMs ?? 0).n).toBe(49);
    expect(labelsLastUntil(labels.slice(0, 49), NOW)).toBeNull();
  });

  it("gives the textbook's kappa", () => {
    // 20 and 15 agree, 5 and 10 do not: po = 0.7, pe = 0.5, kappa = 0.4 (Cohen's own example of two readers).
    const { n, rate, kappa, bias, biasInterval } = agreementOf(labelled([20, 5, 10, 15]), NOW);
    expect({ n, rate, kappa }).toEqual({ n: 50, rate: 0.7, kappa: expect.closeTo(0.4, 12) });
    // (5 − 10) · 0.7 / 50
    expect(bias).toBeCloseTo(-0.07, 12);
    expect(biasInterval.lower).toBeLessThan(-0.07);
    expect(biasInterval.upper).toBeGreaterThan(-0.07);
  });

  it.each<[string, JudgeLabel[], RegExp | undefined]>([
    ["agreeing on 60 answers", labelled([40, 1, 1, 18]), undefined],
    ["with 49 labels", labelled([30, 0, 0, 19]), /49 of 50 human labels/],
    ["on labels of another month", labelled([40, 1, 1, 18], NOW - RECENT_LABEL_MS), /0 of 50/],
    ["on answers that are all good", labelled([60, 0, 0, 0]), /only 0 of the answers/],
    ["agreeing by chance", labelled([25, 12, 13, 10]), /agreement 0\.58 is below 0\.8; .*kappa 0\.\d+ is below 0\.6/],
    ["being too kind", labelled([40, 10, 0, 30]), /bias between .* is not certainly within 0\.1/],
  ])("a judge %s", (_, labels, missing) => {
    const { calibrated, reasons } = agreementOf(labels, NOW);
    expect(calibrated).toBe(missing === undefined);
    expect(reasons.join("; ")).toMatch(missing ?? /^$/);
  });

  it("counts a person's newest label of an answer alone", () => {
    const [label] = labelled([1, 0, 0, 0]);
    if (label === undefined) throw new Error("no label");
    const changed = { ...label, humanValue: 0.1, atMs: NOW + 1 };
    const { n, rate } = agreementOf([changed, label], NOW + 2);
    expect({ n, rate }).toEqual({ n: 1, rate: 0 });
  });

  it("has kappa at most the rate's excess, and never leaves [−1, 1]", () => {
    const count = fc.nat(40);
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const { kappa, rate } = agreementOf(labelled([a, b, c, d]), NOW);
        if (kappa === null) return;
        expect(kappa).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(kappa).toBeLessThanOrEqual((rate ?? 0) + 1e-12);
      }),
    );
  });
});

describe("anchor runs", () => {
  const run = (atMs: number, shift: number, count = 30) => ({
    atMs,
    scores: new Map(Array.from({ length: count }, (_, i) => [`a${i}`, 0.5 + 0.3 * Math.sin(i) + shift])),
  });
  const wobbling = (atMs: number) => ({
    atMs,
    scores: new Map([...run(0, 0).scores].map(([id, score], i) => [id, score + (i % 2 === 0 ? 0.05 : -0.05)])),
  });

  it("show a judge that became stricter, and not one that wavers", () => {
    expect(anchorDrift([run(2, -0.05), run(1, 0), wobbling(3)]).map(({ drifting }) => drifting)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("say nothing of few answers or of a shift that nobody would notice", () => {
    expect(anchorDrift([run(1, 0, 9), run(2, -0.3, 9)])[1]).toMatchObject({ difference: null, drifting: false });
    expect(anchorDrift([run(1, 0), run(2, -0.01)])[1]).toMatchObject({ drifting: false });
    expect(anchorDrift([])).toEqual([]);
  });
});

describe("what a score may decide", () => {
  const good: JudgeState = { calibrated: true, reasons: [], drifting: false };
  const states: Readonly<Record<string, JudgeState>> = {
    "g@1": good,
    "g@2": good,
    "new@1": { calibrated: false, reasons: ["3 of 50 human labels"], drifting: false },
    "moving@1": { calibrated: true, reasons: [], drifting: true },
  };
  const stateOf = (judge: string): JudgeState => states[judge] ?? good;

  it.each<[string, string[], string[] | undefined, object]>([
    ["one calibrated judge on both arms: everything", ["g@1"], ["g@1"], {}],
    ["no judge at all: everything", [], [], {}],
    ["a control without scores", ["g@1"], undefined, {}],
    [
      "another version: nothing",
      ["g@2"],
      ["g@1"],
      { incomparable: expect.stringContaining("by g@2, the control by g@1") },
    ],
    ["a judge on one arm: nothing", ["g@1"], [], { incomparable: expect.stringContaining("the control by no judge") }],
    [
      "a judge that drifts: nothing",
      ["moving@1"],
      ["moving@1"],
      { incomparable: expect.stringContaining("anchor set") },
    ],
    ["a judge without labels: a pause", ["new@1"], ["new@1"], { demoted: expect.stringContaining("3 of 50") }],
  ])("%s", (_, candidate, control, expected) => {
    expect(judgeStanding({ candidate, control, stateOf })).toEqual(expected);
  });
});
