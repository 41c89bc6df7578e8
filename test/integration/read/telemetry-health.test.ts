/** The Telemetry page's figures, worst first, and what of them needs a person on the Overview. */
import { describe, expect, test } from "vitest";
import { readOverview } from "@/server/read/overview";
import { readTelemetryHealth } from "@/server/read/telemetry-health";
import type { StoredRequest } from "@/server/store/stored-request";
import { request } from "./fake-telemetry";
import { APP, GOOD, MINUTE_MS, NOW_MS, Story } from "./story";

/** `count` requests of the last four minutes; `over` changes the i-th. */
function told(count: number, over: (index: number, releaseId: string) => Partial<StoredRequest> = () => ({})): Story {
  const story = new Story();
  story.application();
  const releaseId = story.release(GOOD);
  story.telemetry.add(
    ...Array.from({ length: count }, (_, index) => {
      const timeMs = NOW_MS - 4 * MINUTE_MS + Math.floor((index * 4 * MINUTE_MS) / count);
      return request({
        requestId: `r-${index}`,
        timeMs,
        releaseId,
        ttftMs: 400,
        durationMs: 2_000,
        ...over(index, releaseId),
      });
    }),
  );
  return story;
}

function health(story: Story) {
  const view = readTelemetryHealth(story.deps(), { application: APP });
  return { ...view, figure: (id: string) => view.figures.find((one) => one.id === id) };
}

const needsOf = (story: Story) =>
  readOverview(story.deps(), { application: APP }).needsAPerson.filter(({ kind }) => kind === "telemetry");

test("all well: fit to decide on, nothing bad, no need", () => {
  const story = told(200);
  const { sentence, tone, figures, requests, sampled } = health(story);
  expect([sentence, tone]).toEqual([
    "Fit to decide on: 200 requests in the last hour, and nothing odd about them.",
    "ok",
  ]);
  expect(figures.filter(({ state }) => state === "bad" || state === "watch")).toEqual([]);
  expect([requests, sampled]).toEqual([200, 200]);
  expect(needsOf(story)).toEqual([]);
});

test("clocks that are ahead: said first, with what follows and what to do, and a need with the page", () => {
  const story = told(200, (index) => (index % 4 === 0 ? { receivedMs: NOW_MS - 20 * MINUTE_MS } : {}));
  const { sentence, tone, figures } = health(story);
  expect(figures[0]).toMatchObject({ id: "clock_ahead", state: "bad", value: 0.25, count: 200, blocks: "promotion" });
  expect(sentence).toBe(
    "Not fit to decide on. Requests from a clock that is ahead: 25 % of 200 requests. They count in windows that have not come yet, and are missing where they happened.",
  );
  expect(tone).toBe("breach");
  expect(needsOf(story)).toEqual([
    expect.objectContaining({
      sentence: "Requests from a clock that is ahead: 25 % of 200 requests. That holds back promotion.",
      href: `/p/${APP}/telemetry`,
    }),
  ]);
});

test("a figure to look at leaves the data fit", () => {
  const story = told(200, (index) => (index % 10 === 0 ? { releaseSource: "alias" } : {}));
  const { sentence, tone, figure } = health(story);
  expect(sentence).toBe(
    "Fit to decide on, but look at this. Requests that do not name their release: 10 % of 200 requests. 1 more figure to look at.",
  );
  expect(tone).toBe("review");
  expect(figure("release_by_alias")).toMatchObject({ state: "watch", value: 0.1 });
  expect(needsOf(story)).toEqual([]);
});

describe("figures", () => {
  test("releases that nobody registered", () => {
    const story = told(200, (index) => (index < 20 ? { releaseId: "0123456789" } : {}));
    expect(health(story).figure("release_unregistered")).toMatchObject({ state: "watch", value: 0.1, count: 200 });
  });

  test("shadows without their originals, of those old enough to have one", () => {
    const shadow = (index: number): Partial<StoredRequest> =>
      index % 2 === 0 ? {} : { track: "shadow", shadowOf: index % 4 === 1 ? `r-${index - 1}` : null };
    const { figure } = health(told(400, shadow));
    expect(figure("shadow_pairs")).toMatchObject({ state: "bad", value: 0.5, count: 100 });
  });

  test("without shadows there is nothing to pair", () => {
    expect(health(told(10)).figure("shadow_pairs")).toMatchObject({ state: "unknown", value: null });
  });

  test("a judge that has fallen silent, by its score's name", () => {
    const story = told(0);
    const hours = Array.from({ length: 3 * 60 }, (_, index) => {
      const timeMs = NOW_MS - index * MINUTE_MS;
      const isScored = index > 40;
      const scores = isScored ? [{ name: "groundedness", value: 0.9, judge: null, timeMs }] : [];
      return [0, 1, 2].map((part) => request({ requestId: `s-${index}-${part}`, timeMs: timeMs - part, scores }));
    });
    story.telemetry.add(...hours.flat());
    expect(health(story).figure("judge_lag")).toMatchObject({ state: "bad", about: "groundedness", value: 1 });
  });

  test("the age of the data, which is bad when it is stale", () => {
    const story = told(200);
    const later = readTelemetryHealth(story.deps(NOW_MS + 30 * MINUTE_MS), { application: APP });
    expect(later.figures[0]).toMatchObject({ id: "data_age", state: "bad" });
  });
});

test("senders are told apart by the conventions that they write, with their own figures", () => {
  const story = told(100, (index) =>
    index < 30
      ? { sources: { requestId: "litellm.call_id", inputTokens: "gen_ai.usage.input_tokens" }, releaseSource: "alias" }
      : { sources: { modelServed: "llm.model_name" } },
  );
  expect(health(story).senders).toMatchObject([
    { name: "OpenInference", count: 70, releaseMissing: 0 },
    { name: "LiteLLM 2", count: 30, releaseMissing: 1 },
  ]);
});

test("an application that only sends is known; one that nobody knows is not found", () => {
  const story = new Story();
  story.telemetry.add(request({ requestId: "r", timeMs: NOW_MS - 1_000 }));
  expect(health(story).telemetryKeys).toEqual({});
  expect(() => readTelemetryHealth(story.deps(), { application: "nobody" })).toThrow(
    expect.objectContaining({ code: "not_found" }),
  );
});
