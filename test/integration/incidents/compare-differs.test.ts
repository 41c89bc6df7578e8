/** What differs in a window of a comparison, on the demo's story: before the skew nothing, after it one region. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCompareDiffers } from "@/server/read/compare-differs";
import { CompareDiffersView } from "@/server/read/compare-differs-view";
import { SKEW_MS, tellStory, type Told } from "./deploybuddy";

let told: Told;
beforeAll(() => {
  told = tellStory();
}, 60_000);
afterAll(() => told.close());

const ask = (fromMs: number, toMs: number) =>
  readCompareDiffers(told.deps(), { rolloutId: told.rolloutId, fromMs, toMs });

test("a window of the harm names the region, its metric and its share of what it cost", () => {
  const answer = ask(SKEW_MS, told.endMs);
  expect(CompareDiffersView.safeParse(answer).error).toBeUndefined();
  const [worst, ...others] = answer.segments;
  expect(worst).toMatchObject({ segment: "region=us-west", harm: "concentrated" });
  expect(worst?.worst).toMatchObject({ metric: "task_completion_rate", worse: true });
  expect(worst?.explains).toBeGreaterThan(0.7);
  expect(worst?.explains).toBeLessThanOrEqual(1);
  expect(others.filter(({ harm }) => harm === "concentrated")).toEqual([]);
  expect(answer.sentence).toMatch(
    /^It is worse than its control above all in region=us-west \(task completion rate, \d+ % of what it cost\)\.$/,
  );
});

test("its counts are those of the requests that were sent", () => {
  const { requests, controlRequests, range } = ask(SKEW_MS, told.endMs);
  const sent = (releaseId: string): number =>
    told.sent.filter((one) => {
      const atMs = Date.parse(one.time);
      return one.releaseId === releaseId && range.from <= atMs && atMs < range.to;
    }).length;
  expect({ requests, controlRequests }).toEqual({
    requests: sent(told.candidateId),
    controlRequests: sent(told.goodId),
  });
});

test("a window before the harm names nothing", () => {
  const answer = ask(SKEW_MS - 120_000, SKEW_MS);
  expect(answer.requests).toBeGreaterThan(0);
  expect(answer.segments.map(({ harm }) => harm)).not.toContain("concentrated");
  expect(answer.segments.every(({ worst, explains }) => worst !== null || explains === null)).toBe(true);
});

test("a window without the candidate says so", () => {
  expect(ask(SKEW_MS - 3_600_000, SKEW_MS - 1_800_000)).toMatchObject({
    requests: 0,
    sentence: "The candidate answered nothing in this window.",
  });
});

test("a shadow is refused, and told where its pairs are", () => {
  const shadow = () => readCompareDiffers(told.deps(), { rolloutId: told.rolloutId, mode: "shadow" });
  expect(shadow).toThrow(/pair by pair: see \/api\/v1\/compare\/pairs/);
});
