/** Evidence that is in no window: pairs of a shadow and the request it copies, and the halves of the control. */
import { describe, expect, test } from "vitest";
import { CONTROL_HALF_KEY, controlHalf } from "@/server/domain/evidence/control-halves";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { factsAt, newRequest, newScore, NOW_MS, store } from "./storage-support";

const CONTROL_ID = "698df6d7ad";
const SHADOW_ID = "a0e277e29c";
const APP = { application: "deploy-assistant" };

const original = (over: Partial<NewRequest> = {}): NewRequest =>
  newRequest({ requestId: "asked", toxic: false, region: "eu", scores: [score(0.9)], ...over });
const shadow = (over: Partial<NewRequest> = {}): NewRequest =>
  newRequest({
    requestId: "copied",
    shadowOf: "asked",
    track: "shadow",
    releaseId: SHADOW_ID,
    toxic: true,
    region: "eu",
    scores: [score(0.6)],
    ...over,
  });

function score(value: number, judge: string | null = "judge@3"): NewRequest["scores"][number] {
  return { name: "groundedness", value, judge, timeMs: NOW_MS };
}

/** Sums of the shadow's pairs: how many, and the mean difference. */
function pairsOf({ reader }: Pick<ReturnType<typeof store>, "reader">, measure: string, segmentKeys: string[] = []) {
  return reader
    .evidenceBuckets({
      ...APP,
      releaseIds: [CONTROL_ID, SHADOW_ID],
      measures: [measure],
      segmentKeys,
      fromMs: 0,
      toMs: NOW_MS * 2,
    })
    .map(({ releaseId, track, segmentValue, aggregate: { count, sum } }) => ({
      releaseId,
      track,
      segmentValue,
      count,
      difference: Math.round((sum / count / 1e6 - 1) * 1e6) / 1e6,
    }));
}

const WHOLE = { releaseId: SHADOW_ID, track: "shadow", segmentValue: "" };

describe("a pair", () => {
  test.each([
    ["the original first", [original(), shadow()]],
    ["the shadow first", [shadow(), original()]],
  ])("counts once with its shadow, %s", (_order, requests) => {
    const stage = store();
    for (const request of requests) stage.write([request]);
    expect(pairsOf(stage, "pair:score:groundedness")).toEqual([{ ...WHOLE, count: 1, difference: -0.3 }]);
    expect(pairsOf(stage, "pair:event:toxicity")).toEqual([{ ...WHOLE, count: 1, difference: 1 }]);
    expect(pairsOf(stage, "pair:event:error", ["region"])).toEqual([
      { ...WHOLE, count: 1, difference: 0 },
      { ...WHOLE, segmentValue: "eu", count: 1, difference: 0 },
    ]);
  });

  test("is none without the other half, of another application, or of a fact that one half does not state", () => {
    const stage = store();
    stage.write([shadow({ shadowOf: "never came" }), shadow({ requestId: "alone", shadowOf: null })]);
    stage.write([original({ application: "another" }), shadow({ requestId: "foreign" })]);
    stage.write([original({ requestId: "silent", toxic: null }), shadow({ requestId: "c2", shadowOf: "silent" })]);
    expect(pairsOf(stage, "pair:event:toxicity")).toEqual([]);
    expect(pairsOf(stage, "pair:event:error")).toHaveLength(1);
  });

  test("compares scores of one judge only", () => {
    const stage = store();
    stage.write([original({ scores: [score(0.9, "judge@2")] }), shadow()]);
    expect(pairsOf(stage, "pair:score:groundedness")).toEqual([]);
  });

  test("of scores that come later counts when the second has landed, and matures with its shadow", () => {
    const stage = store(NOW_MS + 700_000);
    stage.write([original({ scores: [] }), shadow({ scores: [] })], NOW_MS);
    const late = (target: string, value: number) =>
      stage.writer.write({ requests: [], scores: [newScore({ target, value })] }, factsAt(NOW_MS + 5_000));
    late("copied", 0.5);
    expect(pairsOf(stage, "pair:score:groundedness")).toEqual([]);
    late("asked", 0.75);
    expect(pairsOf(stage, "pair:score:groundedness")).toEqual([{ ...WHOLE, count: 1, difference: -0.25 }]);
  });

  test("is in no window", () => {
    const stage = store();
    stage.write([original(), shadow()]);
    expect(
      stage.reader.measures({ ...APP, fromMs: 0, toMs: NOW_MS * 2 }).filter((one) => one.startsWith("pair:")),
    ).toEqual([]);
  });
});

describe("the halves of the control", () => {
  test("share out its subjects by their hash; the candidate and requests without a subject are in none", () => {
    const stage = store();
    const subjects = Array.from({ length: 200 }, (_, i) => subjectHash(`subject ${i}`));
    stage.write([
      ...subjects.map((subject, i) => newRequest({ requestId: `r${i}`, subject })),
      newRequest({ requestId: "nobody" }),
      newRequest({ requestId: "canary", track: "canary", releaseId: SHADOW_ID, subject: subjects[0] ?? null }),
    ]);
    const rows = stage.reader
      .evidenceBuckets({
        ...APP,
        releaseIds: [CONTROL_ID, SHADOW_ID],
        measures: ["event:error"],
        segmentKeys: [CONTROL_HALF_KEY],
        fromMs: 0,
        toMs: NOW_MS * 2,
      })
      .filter(({ segmentKey }) => segmentKey === CONTROL_HALF_KEY);
    const counts = Object.fromEntries(rows.map(({ segmentValue, aggregate }) => [segmentValue, aggregate.count]));
    const inA = subjects.filter((subject) => controlHalf(subject) === "a").length;
    expect(counts).toEqual({ a: inA, b: 200 - inA });
    expect(inA).toBeGreaterThan(75);
    expect(inA).toBeLessThan(125);
    expect(
      stage.reader.segmentValues({ ...APP, key: CONTROL_HALF_KEY, fromMs: 0, toMs: NOW_MS * 2, limit: 9 }),
    ).toEqual([]);
  });
});
