import { describe, expect, test } from "vitest";
import { violationWords } from "@/server/domain/policy/violation-words";
import { quantityApartFrom } from "@/server/domain/words/number-words";

describe("a broken limit in a person's words", () => {
  test.each([
    [
      { metric: "task_completion_rate", observed: 0.516129, threshold: 0.91, window: "1m", segment: "region=us-west" },
      "task completion rate is 51.6 %, below the limit of 91 % over 1m in region=us-west",
    ],
    [
      { metric: "p95_ttft_ms", observed: 910, threshold: 850, window: "5m" },
      "p95 time to first token is 910 ms, above the limit of 850 ms over 5m",
    ],
    [
      { metric: "mean_cost_usd", observed: 0.0046, threshold: 0.15, control: 0.00399, window: "30m" },
      "mean cost is $4.60/1k, 15.3 % above the control’s $3.99/1k over 30m (limit 15 %)",
    ],
    [
      { metric: "error_rate", observed: 0.01, threshold: 0, control: 0, window: "5m" },
      "error rate is 1 %, above the control’s 0 % over 5m (limit 0 %)",
    ],
    [
      { metric: "p95_ttft_ms", observed: 850.0000001, threshold: 850, window: "5m" },
      "p95 time to first token is 850.0000001 ms, above the limit of 850 ms over 5m",
    ],
    [
      { metric: "not in the grammar", observed: 2, threshold: 1, window: "5m" },
      "not in the grammar is beyond its limit over 5m",
    ],
  ])("%j", (broken, words) => {
    expect(violationWords(broken)).toBe(words);
  });
});

test.each([
  [0.90996, 0.91, "ratio", "90.996 %"],
  [0.8201, 0.82, "score", "0.8201"],
  [0.5, 0.91, "ratio", "50 %"],
  [0.0046001, 0.0046, "usd", "$4.6001/1k"],
])("%d is told from %d (%s)", (value, other, unit, words) => {
  expect(quantityApartFrom(value, other, unit)).toBe(words);
});
