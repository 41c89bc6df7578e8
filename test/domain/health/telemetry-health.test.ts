/** When a figure of telemetry is fine, worth a look, or bad enough to hold a promotion back. */
import { describe, expect, test } from "vitest";
import {
  FIGURE_SPECS,
  HEALTH_FIGURES,
  holdOf,
  requestFigures,
  shareFigure,
  type HealthFigureId,
  type HealthState,
  type QualityCounts,
} from "@/server/domain/health/telemetry-health";

const GOOD: QualityCounts = {
  releaseId: "698df6d7ad",
  releaseSource: "explicit",
  flags: [],
  hasTtft: true,
  count: 100,
  ahead: 0,
  late: 0,
};

function stateOf(id: HealthFigureId, groups: readonly Partial<QualityCounts>[]): HealthState | undefined {
  return requestFigures(groups.map((group) => ({ ...GOOD, ...group }))).find((figure) => figure.id === id)?.state;
}

test.each<[string, HealthFigureId, Partial<QualityCounts>[], HealthState]>([
  ["no requests at all", "clock_ahead", [{ count: 0 }], "unknown"],
  ["all well", "clock_ahead", [{}], "ok"],
  ["under 1 % ahead", "clock_ahead", [{ count: 1_000, ahead: 9 }], "ok"],
  ["1 % ahead", "clock_ahead", [{ count: 1_000, ahead: 10 }], "watch"],
  ["10 % ahead, but a handful", "clock_ahead", [{ count: 100, ahead: 19 }], "watch"],
  ["10 % ahead", "clock_ahead", [{ count: 200, ahead: 20 }], "bad"],
  [
    "one of no release",
    "release_unknown",
    [{ count: 1_000 }, { releaseId: null, releaseSource: "unknown", count: 1 }],
    "watch",
  ],
  [
    "a tenth of no release",
    "release_unknown",
    [{ count: 180 }, { releaseId: null, releaseSource: "unknown", count: 20 }],
    "bad",
  ],
  ["a release found by version", "release_missing", [{ releaseSource: "version" }], "watch"],
  ["one found by version is not by alias", "release_by_alias", [{ releaseSource: "version" }], "ok"],
  ["one found by alias", "release_by_alias", [{ releaseSource: "alias" }], "watch"],
  ["every request late", "late", [{ late: 100 }], "watch"],
  [
    "4 % impossible first tokens",
    "ttft_impossible",
    [{ count: 960 }, { count: 40, hasTtft: false, flags: ["ttft_exceeds_duration"] }],
    "watch",
  ],
  [
    "5 % impossible first tokens",
    "ttft_impossible",
    [{ count: 950 }, { count: 50, hasTtft: false, flags: ["ttft_impossible"] }],
    "bad",
  ],
  ["first tokens that are the last", "ttft_impossible", [{ flags: ["ttft_equals_duration"] }], "bad"],
  ["requests without any first token", "ttft_impossible", [{ hasTtft: false }], "unknown"],
])("%s", (_, id, groups, state) => {
  expect(stateOf(id, groups)).toBe(state);
});

test("requests that measured no first token do not thin out those that are impossible", () => {
  const groups = [
    { count: 9_000, hasTtft: false },
    { count: 95 },
    { count: 20, hasTtft: false, flags: ["ttft_impossible"] },
  ];
  const figure = requestFigures(groups.map((group) => ({ ...GOOD, ...group }))).find(
    ({ id }) => id === "ttft_impossible",
  );
  expect(figure).toMatchObject({ count: 115, state: "bad" });
});

describe("every figure", () => {
  test.each(HEALTH_FIGURES)("%s says what follows and what to do", (id) => {
    const { consequence, remedy, label } = FIGURE_SPECS[id];
    for (const words of [consequence, remedy]) expect(words).toMatch(/^[A-Z].*\.$/);
    expect(label).not.toBe("");
  });

  test.each(HEALTH_FIGURES)("%s holds something back exactly when it can be bad", (id) => {
    const { badAt, blocks } = FIGURE_SPECS[id];
    expect(blocks !== null).toBe(badAt !== null);
  });
});

test("a hold is said only while the figure is bad, with its share and for how long it was looked at", () => {
  const ahead = (hits: number) => holdOf(shareFigure("clock_ahead", { hits, count: 100 }), 300_000);
  expect(ahead(5)).toBeUndefined();
  expect(ahead(34)).toBe("clocks to agree: 34 % of the requests of the last 5 min lie ahead of this server’s clock");
  const lag = shareFigure("judge_lag", { hits: 100, count: 100, about: "groundedness" });
  expect(holdOf(lag, 300_000)).toMatch(/^scores of groundedness: 100 % of the requests/);
  expect(holdOf(shareFigure("duplicates", { hits: 100, count: 100 }), 300_000)).toBeUndefined();
});
