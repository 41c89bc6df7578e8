/** The loaders against the figures that the data's own README gives, so that a replay never runs on misread data. */
import { describe, expect, test } from "vitest";
import { azureArrivals, haveRealData, primeAnswers, providerRequests } from "./real-data";

if (haveRealData) {
  describe("published measurements", () => {
    test("GPT-4 was right on 84.0 % of the prime questions in March and on 50.2 % in June, cheaper and faster", () => {
      const answers = primeAnswers();
      const march = answers.filter((answer) => answer.model === "gpt-4-0314");
      const june = answers.filter((answer) => answer.model === "gpt-4-0613");
      const share = (list: typeof answers): number => list.filter((answer) => answer.right).length / list.length;
      const mean = (list: typeof answers, key: "durationMs" | "costUsd"): number =>
        list.reduce((sum, answer) => sum + answer[key], 0) / list.length;
      expect([march.length, june.length]).toEqual([1_000, 1_000]);
      expect(share(march)).toBeCloseTo(0.84, 3);
      expect(share(june)).toBeCloseTo(0.502, 3);
      expect(mean(june, "durationMs")).toBeLessThan(mean(march, "durationMs"));
      expect(mean(june, "costUsd")).toBeLessThan(mean(march, "costUsd"));
    });

    test("each provider has 150 requests", () => {
      for (const provider of ["anyscale", "fireworks", "groq", "together"] as const) {
        expect(providerRequests(provider)).toHaveLength(150);
      }
    });

    test("Azure's trace has 19,366 arrivals in order", () => {
      const arrivals = azureArrivals();
      expect(arrivals).toHaveLength(19_366);
      expect(arrivals.at(-1)).toBeGreaterThan(3_000_000);
    });
  });
} else {
  test("the measurements are not beside this checkout: replays on real data did not run", () => {
    expect(haveRealData).toBe(false);
  });
}
