/** What lists of stored requests guarantee: every match once, newest first, wherever the others are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definedOnly } from "@/server/read/defined-only";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { newRequest, NOW_MS, store } from "./storage-support";

const APP = { application: "deploy-assistant" } as const;

describe("lists", () => {
  test("page newest first without gaps or repeats while requests arrive", () => {
    const { reader, write } = store();
    const times = Array.from({ length: 25 }, (_, i) => NOW_MS - (i % 7) * 1000);
    write(times.map((timeMs, i) => newRequest({ requestId: `r${i}`, timeMs })));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = reader.listRequests(APP, { limit: 4, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map((item) => item.requestId));
      write([newRequest({ requestId: `new${seen.length}`, timeMs: NOW_MS + seen.length })]);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(times.map((_, i) => `r${i}`).toSorted());
  });

  test("filter by every field", () => {
    const { reader, write } = store();
    write([
      newRequest({ requestId: "a", region: "eu", status: "error", subject: subjectHash("s"), responseId: "resp-a" }),
      newRequest({ requestId: "b", track: "canary", releaseId: "f91be2a454", segments: { plan: "free" } }),
      newRequest({
        requestId: "c",
        application: "other",
        scores: [{ name: "quality", value: 0.4, judge: null, timeMs: NOW_MS }],
      }),
    ]);
    const ids = (filter: Parameters<typeof reader.listRequests>[0]) =>
      reader.listRequests(filter, { limit: 10 }).items.map((item) => item.requestId);
    expect(ids({})).toEqual(["c", "b", "a"]);
    expect(ids({ segment: { key: "region", value: "eu" } })).toEqual(["a"]);
    expect(ids({ segment: { key: "plan", value: "free" } })).toEqual(["b"]);
    expect(ids({ status: "error" })).toEqual(["a"]);
    expect(ids({ track: "canary" })).toEqual(["b"]);
    expect(ids({ releaseId: "f91be2a454" })).toEqual(["b"]);
    expect(ids({ subject: "s" })).toEqual(["a"]);
    expect(ids({ responseId: "resp-a" })).toEqual(["a"]);
    expect(ids({ score: { name: "quality", max: 0.5 } })).toEqual(["c"]);
    expect(ids({ score: { name: "quality", min: 0.5 } })).toEqual([]);
    expect(ids({ application: "deploy-assistant", fromMs: NOW_MS })).toEqual([]);
    expect(ids({ releaseId: "never-seen" })).toEqual([]);
  });

  const filtered = fc.record({
    releaseId: fc.constantFrom("698df6d7ad", "f91be2a454", "never-seen", undefined),
    track: fc.constantFrom("control" as const, "canary" as const, "shadow" as const, undefined),
    from: fc.option(fc.integer({ min: -80, max: 2 }), { nil: undefined }),
    to: fc.option(fc.integer({ min: -80, max: 2 }), { nil: undefined }),
  });
  const stored = fc.record({
    releaseId: fc.constantFrom("698df6d7ad", "f91be2a454", null),
    track: fc.constantFrom("control" as const, "canary" as const, "shadow" as const),
    minutesAgo: fc.integer({ min: -60, max: 80 * 60 }),
  });

  test("find every request of a release, a track and a range, wherever the others are", () => {
    fc.assert(
      fc.property(
        fc.array(stored, { maxLength: 12 }),
        fc.array(filtered, { minLength: 5, maxLength: 5 }),
        (drafts, asked) => {
          const { reader, write } = store();
          const requests = drafts.map(({ minutesAgo, ...rest }, index) =>
            newRequest({ ...rest, requestId: `r${index}`, timeMs: NOW_MS - minutesAgo * 60_000 }),
          );
          write(requests);
          const hour = (hours: number | undefined) => (hours === undefined ? undefined : NOW_MS + hours * 3_600_000);
          for (const { releaseId, track, from, to } of asked) {
            const [fromMs, toMs] = [hour(from), hour(to)];
            const own = requests.filter(
              (one) =>
                (releaseId === undefined || one.releaseId === releaseId) &&
                (track === undefined || one.track === track) &&
                one.timeMs >= (fromMs ?? -Infinity) &&
                one.timeMs < (toMs ?? Infinity),
            );
            const filter = { ...APP, ...definedOnly({ releaseId, track, fromMs, toMs }) };
            const { items } = reader.listRequests(filter, { limit: 50 });
            expect(new Set(items.map((item) => item.requestId))).toEqual(new Set(own.map((one) => one.requestId)));
          }
        },
      ),
    );
  });

  test("tell what the newest requests of a track were served with, as their list does", () => {
    const { reader, write } = store();
    const features = [{ view: "releases", name: "failure_count", value: 3, timestampMs: NOW_MS - 9_000 }];
    write([
      newRequest({ requestId: "a", track: "canary", features, featureFingerprint: "ce667443", region: "eu" }),
      newRequest({
        requestId: "b",
        track: "canary",
        timeMs: NOW_MS - 90 * 60_000,
        tenant: "t",
        segments: { plan: "x" },
      }),
      newRequest({ requestId: "c", track: "canary", timeMs: NOW_MS - 26 * 3_600_000 }),
      newRequest({ requestId: "d", features }),
    ]);
    const day = { ...APP, track: "canary", fromMs: NOW_MS - 86_400_000, toMs: NOW_MS } as const;
    const listed = reader.listRequests(day, { limit: 10 }).items.map((one) => ({
      timeMs: one.timeMs,
      releaseId: one.releaseId,
      region: one.region,
      tenant: one.tenant,
      segments: one.segments,
      features: one.features,
      featureFingerprint: one.featureFingerprint,
    }));
    expect(listed).toHaveLength(2);
    expect(reader.served({ ...day, limit: 10 })).toEqual(listed);
    expect(reader.served({ ...day, limit: 1 })).toEqual(listed.slice(0, 1));
    expect(reader.served({ ...day, track: "shadow", limit: 10 })).toEqual([]);
  });

  test("tell who judged the newest requests, and say so where a score names no judge", () => {
    const { reader, write } = store();
    const scored = (requestId: string, secondsAgo: number, judge: string | null, name = "quality"): NewRequest => {
      const timeMs = NOW_MS - secondsAgo * 1_000;
      return newRequest({ requestId, timeMs, scores: [{ name, value: 0.5, judge, timeMs }] });
    };
    write([
      scored("oldest", 9, "judge@1"),
      scored("middle", 6, "judge@2"),
      scored("unnamed", 5, null),
      scored("other score", 4, "judge@3", "tone"),
      newRequest({ requestId: "unscored", timeMs: NOW_MS - 3_000 }),
    ]);
    const judges = (score: string, limit: number): (string | null)[] =>
      reader.newestJudges({ application: "deploy-assistant" }, { score, limit });
    expect(judges("quality", 5)).toEqual([null, "judge@2", "judge@1"]);
    expect(judges("quality", 4)).toEqual([null, "judge@2"]);
    expect(judges("quality", 2)).toEqual([]);
    expect(judges("tone", 5)).toEqual(["judge@3"]);
    expect(judges("never seen", 5)).toEqual([]);
  });

  test("find the requests of a release that has no sums of its own", () => {
    const { reader, write } = store();
    write(Array.from({ length: 1_002 }, (_, i) => newRequest({ requestId: `r${i}`, releaseId: `release-${i}` })));
    const { items } = reader.listRequests({ ...APP, releaseId: "release-1001", track: "control" }, { limit: 5 });
    expect(items.map((item) => item.requestId)).toEqual(["r1001"]);
  });

  test("say how many subjects a release had", () => {
    const { reader, write } = store();
    write(
      Array.from({ length: 30 }, (_, i) =>
        newRequest({
          requestId: `r${i}`,
          subject: i % 10 === 9 ? null : subjectHash(`subject ${i % 10}`),
          releaseId: i < 20 ? "698df6d7ad" : "f91be2a454",
        }),
      ),
    );
    const range = { ...APP, fromMs: NOW_MS - 60_000, toMs: NOW_MS + 60_000 };
    expect(reader.distinctSubjects({ ...range, releaseId: "698df6d7ad" })).toBe(9);
    expect(reader.distinctSubjects({ ...range, releaseId: "never-seen" })).toBe(0);
    expect(reader.newestRequestMs(APP.application)).toBe(NOW_MS - 2_000);
    expect(reader.newestRequestMs("never-seen")).toBeUndefined();
    expect(reader.applications()).toEqual(["deploy-assistant"]);
  });

  test("find both sides of a shadowed request", () => {
    const { reader, write } = store();
    write([newRequest({ requestId: "a" }), newRequest({ requestId: "b", track: "shadow", shadowOf: "a" })]);
    const a = reader.findRequest({ requestId: "a" });
    const b = reader.findRequest({ requestId: "b" });
    if (a === undefined || b === undefined) throw new Error("both requests were written");
    expect(reader.findCounterpart(a)?.requestId).toBe("b");
    expect(reader.findCounterpart(b)?.requestId).toBe("a");
  });
});
