/** A shadow against the very requests that it copies: what drops out of the difference, what cannot be compared. */
import { describe, expect, test } from "vitest";
import { readShadowPairs } from "@/server/read/shadow-pairs";
import type { StoredRequest } from "@/server/store/stored-request";
import { request } from "./fake-telemetry";
import { APP, CANDIDATE, GOOD, MINUTE_MS, NOW_MS, Story } from "./story";

interface Sides {
  original?: Partial<StoredRequest>;
  shadow?: Partial<StoredRequest>;
}

/** `count` pairs whose questions differ far more than the releases do. */
function told(count: number, sides: (index: number) => Sides = () => ({})) {
  const story = new Story();
  story.application();
  const control = story.release(GOOD);
  const candidate = story.release(CANDIDATE);
  for (let index = 0; index < count; index++) {
    const timeMs = NOW_MS - 10 * MINUTE_MS + index * 1_000;
    const { original, shadow } = sides(index);
    const question = {
      timeMs,
      inputTokens: 100 * (index % 30),
      outputTokens: 100,
      durationMs: 1_000 + 100 * (index % 30),
    };
    story.telemetry.add(
      request({ requestId: `o-${index}`, releaseId: control, ...question, ...original }),
      request({
        requestId: `s-${index}`,
        shadowOf: `o-${index}`,
        releaseId: candidate,
        track: "shadow",
        ...question,
        ...shadow,
      }),
    );
  }
  const read = () => readShadowPairs(story.deps(), { application: APP, candidate, control });
  return { story, control, candidate, read };
}

const score = (value: number) => [{ name: "groundedness", value, judge: null, timeMs: NOW_MS }];

describe("differences within pairs", () => {
  test("find a small one under questions that differ far more", () => {
    const { read } = told(40, (index) => ({
      original: { scores: score(0.9) },
      shadow: {
        scores: score(index % 10 === 0 ? 0.95 : 0.88),
        durationMs: 1_000 + 100 * (index % 30) + 20 + (index % 3),
      },
    }));
    const { rows, sentence, pairs, notes } = read();
    expect(pairs).toBe(40);
    const row = (key: string) => rows.find((one) => one.key === key);
    expect(row("duration_ms")).toMatchObject({ median: { value: 21 }, clear: true, worse: 40, better: 0, unit: "ms" });
    expect(row("score:groundedness")).toMatchObject({ clear: true, worse: 36, better: 4, label: "groundedness score" });
    expect(row("total_tokens")).toMatchObject({ mean: { value: 0 }, equal: 40, clear: false });
    expect(sentence).toBe("In 40 pairs of the same question: the shadow is worse on groundedness score, duration.");
    expect(notes).toEqual([]);
  });

  test("of events are means of differences, without a median", () => {
    const { read } = told(40, (index) => ({ shadow: index % 4 === 0 ? { status: "error", errorType: "x" } : {} }));
    expect(read().rows.find(({ key }) => key === "event:error")).toMatchObject({ median: null, mean: { value: 0.25 } });
  });

  test("too few say nothing", () => {
    const { read } = told(5, () => ({ shadow: { durationMs: 9_000 } }));
    const { rows, sentence } = read();
    expect(rows.find(({ key }) => key === "duration_ms")).toMatchObject({ clear: false, mean: { lower: null } });
    expect(sentence).toBe("In 5 pairs of the same question: no clear difference.");
  });
});

describe("the time to first token", () => {
  test("of a shadow that was not streamed is not compared, and said so", () => {
    const { read } = told(40, () => ({ original: { ttftMs: 400 } }));
    const { rows, notes } = read();
    expect(rows.map(({ key }) => key)).not.toContain("ttft_ms");
    expect(notes).toEqual(["TTFT is not comparable: the shadow was not streamed."]);
  });

  test("that a shadow says it measured without streaming is left out too", () => {
    const unstreamed = {
      sources: { streaming: "gen_ai.request.stream" },
      attributes: { "gen_ai.request.stream": false },
    };
    const { read } = told(40, (index) => ({
      original: { ttftMs: 400 },
      shadow: index < 10 ? { ttftMs: 1_990, ...unstreamed } : { ttftMs: 410 },
    }));
    const { rows, notes } = read();
    expect(rows.find(({ key }) => key === "ttft_ms")).toMatchObject({ count: 30, median: { value: 10 } });
    expect(notes).toEqual(["TTFT is compared without 10 pairs whose shadow was not streamed."]);
  });

  test("of gateway and model server are never mixed", () => {
    const { read } = told(40, () => ({
      original: { ttftMs: 400, ttftSide: "client" },
      shadow: { ttftMs: 100, ttftSide: "server" },
    }));
    expect(read().rows.map(({ key }) => key)).not.toEqual(expect.arrayContaining(["ttft_ms"]));
  });
});

test("the worst pairs come first, with both requests and what got worse in them", () => {
  const { read } = told(40, (index) => ({
    original: { scores: score(0.9) },
    shadow: {
      scores: score(index === 7 ? 0.1 : 0.9),
      durationMs: 1_000 + 100 * (index % 30) + (index === 11 ? 50 : 0),
    },
  }));
  const { worst } = read();
  expect(worst.map(({ shadowId, originalId }) => [shadowId, originalId])).toEqual([
    ["s-7", "o-7"],
    ["s-11", "o-11"],
  ]);
  expect(worst[0]?.differences).toEqual([
    { key: "score:groundedness", label: "groundedness score", unit: "score", original: 0.9, shadow: 0.1 },
  ]);
});

describe("what makes no pair is counted and said", () => {
  test("a shadow whose original is not there", () => {
    const { read } = told(40, (index) => ({ shadow: index < 4 ? { shadowOf: index < 2 ? null : "lost" } : {} }));
    expect(read()).toMatchObject({
      shadows: 40,
      pairs: 36,
      alone: 4,
      notes: ["4 shadows without original: it named none, or one that is not here."],
    });
  });

  test("an original that another release answered", () => {
    const { read } = told(40, (index) => ({ original: index < 3 ? { releaseId: "0123456789" } : {} }));
    expect(read()).toMatchObject({ pairs: 37, otherRelease: 3 });
  });

  test("no shadow at all", () => {
    const { story, control, candidate } = told(0);
    const view = readShadowPairs(story.deps(), { application: APP, candidate, control });
    expect(view).toMatchObject({
      shadows: 0,
      rows: [],
      worst: [],
      sentence: "No shadow request of this release in the range.",
    });
  });
});
