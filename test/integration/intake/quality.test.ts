/** What the store says of the quality of its newest requests, and of records that came twice. */
import { expect, test } from "vitest";
import { newRequest, NOW_MS, store } from "./storage-support";

const RANGE = { application: "deploy-assistant", fromMs: NOW_MS - 600_000, toMs: NOW_MS + 600_000 };

test("groups the newest requests by what is odd about them", () => {
  const { write, reader } = store();
  write([
    newRequest({ requestId: "a", ttftUs: 1, sources: '{"region":"cloud.region"}' }),
    newRequest({ requestId: "b", ttftUs: 1, sources: '{"region":"cloud.region"}' }),
    newRequest({ requestId: "c", flags: ["ttft_exceeds_duration"], track: "canary" }),
    newRequest({ requestId: "d", releaseId: null, releaseSource: "unknown", timeMs: NOW_MS + 65_000 }),
    newRequest({ requestId: "e", timeMs: NOW_MS - 60_000, durationUs: 1_000_000 }),
    newRequest({ requestId: "f", timeMs: NOW_MS - 60_000, durationUs: 50_000_000 }),
    newRequest({ requestId: "g", application: "other" }),
  ]);
  const groups = reader.quality({ ...RANGE, limit: 100 });
  const plain = { releaseId: "698df6d7ad", releaseSource: "explicit", track: "control", flags: [], ahead: 0, late: 0 };
  expect(groups).toHaveLength(4);
  expect(groups).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...plain, count: 2, hasTtft: true, sources: { region: "cloud.region" } }),
      expect.objectContaining({
        ...plain,
        count: 1,
        hasTtft: false,
        flags: ["ttft_exceeds_duration"],
        track: "canary",
      }),
      expect.objectContaining({ releaseId: null, releaseSource: "unknown", ahead: 1, mostAheadMs: 65_000 }),
      // Of the two that came a minute after their start, one had ended just before.
      expect.objectContaining({ ...plain, count: 2, hasTtft: false, sources: null, late: 1 }),
    ]),
  );
  expect(reader.quality({ ...RANGE, limit: 1 })).toMatchObject([{ count: 1, ahead: 1 }]);
  expect(reader.quality({ ...RANGE, application: "nobody", limit: 1 })).toEqual([]);
});

test("counts what came twice, by its time, and counts it for nothing else", () => {
  const { write, reader } = store();
  const request = newRequest({ requestId: "a" });
  expect(write([request, request])).toEqual(["accepted", "duplicate"]);
  expect(write([request])).toEqual(["duplicate"]);
  expect(reader.duplicates(RANGE)).toBe(2);
  expect(reader.duplicates({ ...RANGE, toMs: NOW_MS - 60_000 })).toBe(0);
  expect(reader.aggregate({ ...RANGE, measure: "requests" }).count).toBe(1);
  expect(reader.traffic(RANGE)).toMatchObject([{ count: 1 }]);
  expect(reader.measures(RANGE)).not.toContain("#duplicate");
});
