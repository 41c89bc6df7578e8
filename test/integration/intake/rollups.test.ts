/** What the telemetry store guarantees of sums: they equal a recount, by request time for display, by arrival for evidence. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { openTelemetryForReading } from "@/db/telemetry/open";
import { metricValue } from "@/server/domain/window/aggregate";
import { parseMetric } from "@/server/domain/metric/metric";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import type { SeriesStep } from "@/server/store/telemetry-reader";
import { limitKey, TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { factsAt, freshTelemetry, newRequest, newScore, NOW_MS, store } from "./storage-support";

const APP = { application: "deploy-assistant" } as const;

describe("rollups", () => {
  const request = fc.record({
    offsetMs: fc.integer({ min: 0, max: 2 * 3_600_000 }),
    releaseId: fc.constantFrom("698df6d7ad", "f91be2a454", null),
    track: fc.constantFrom("control" as const, "canary" as const),
    region: fc.constantFrom("us-west", "eu", null),
    status: fc.constantFrom("ok" as const, "error" as const),
    ttftUs: fc.option(fc.integer({ min: 0, max: 5_000_000 })),
    toxic: fc.option(fc.boolean()),
    score: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  });

  test("equal a recount of the rows, for every range, however the requests are batched", () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 1, max: 700 }),
        (drafts, batch, from, length) => {
          const { reader, write } = store();
          const base = Date.parse("2026-04-10T10:00:00Z");
          const requests = drafts.map(({ offsetMs, score, ...rest }, index) =>
            newRequest({
              ...rest,
              requestId: `req_${index}`,
              timeMs: base + offsetMs,
              ttftSide: rest.ttftUs === null ? null : "client",
              releaseSource: rest.releaseId === null ? "unknown" : "explicit",
              scores: score === null ? [] : [{ name: "quality", value: score, judge: null, timeMs: base }],
            }),
          );
          for (let at = 0; at < requests.length; at += batch) write(requests.slice(at, at + batch));
          const range = { fromMs: base + from * 10_000, toMs: base + (from + length) * 10_000 };
          const inRange = requests.filter((r) => r.timeMs >= range.fromMs && r.timeMs < range.toMs);
          const total = reader.aggregate({ ...APP, measure: "ttft_ms", ...range });
          const values = inRange.map((r) => r.ttftUs).filter((value) => value !== null);
          expect(total.count).toBe(values.length);
          expect(total.sum).toBe(values.reduce((a, b) => a + b, 0));
          expect(total.histogram?.count ?? 0).toBe(values.length);
          const west = inRange.filter((r) => r.region === "us-west" && r.track === "canary");
          const segment = { key: "region", value: "us-west" };
          const errors = reader.aggregate({ ...APP, track: "canary", segment, measure: "event:error", ...range });
          expect([errors.count, errors.events]).toEqual([west.length, west.filter((r) => r.status === "error").length]);
          const toxic = reader.aggregate({ ...APP, measure: "event:toxicity", ...range });
          expect(toxic.count).toBe(inRange.filter((r) => r.toxic !== null).length);
          const steps = reader.series({ ...APP, measure: "requests", ...range, stepMs: 60_000 });
          expect(steps.reduce((sum, step) => sum + step.aggregate.count, 0)).toBeGreaterThanOrEqual(inRange.length);
          const measures = ["ttft_ms", "event:toxicity", "requests", "event:error", "score:quality", "never_seen"];
          const query = { ...APP, ...range, stepMs: 600_000 };
          const together = reader.seriesByMeasure({ ...query, measures, quantilesOf: measures });
          const withoutBins = reader.seriesByMeasure({ ...query, measures, quantilesOf: [] });
          for (const measure of measures) {
            expect(together.get(measure)).toEqual(reader.series({ ...query, measure }));
            const bare = (steps: SeriesStep[] | undefined): object[] | undefined =>
              steps?.map(({ startMs, aggregate }) => ({ ...aggregate, startMs, histogram: undefined }));
            expect(bare(withoutBins.get(measure))).toEqual(bare(together.get(measure)));
            expect(withoutBins.get(measure)?.some(({ aggregate }) => aggregate.histogram !== undefined)).toBe(false);
          }
          const traffic = reader.traffic({ ...APP, ...range });
          expect(traffic.reduce((sum, entry) => sum + entry.count, 0)).toBe(inRange.length);
          expect(reader.unattributedShare({ ...APP, ...range })).toBe(
            inRange.length === 0 ? null : inRange.filter((r) => r.releaseId === null).length / inRange.length,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("give a p95 within 1 % of the exact one", () => {
    const { reader, write } = store();
    const values = Array.from({ length: 2_000 }, (_, i) => Math.round(300_000 * Math.exp(Math.sin(i * 12.9898) * 1.2)));
    write(values.map((ttftUs, i) => newRequest({ requestId: `r${i}`, ttftUs, ttftSide: "client" })));
    const metric = parseMetric("p95_ttft_ms");
    const aggregate = reader.aggregate({ ...APP, measure: "ttft_ms", fromMs: 0, toMs: NOW_MS * 2 });
    const exact = values.toSorted((a, b) => a - b)[Math.floor(0.95 * 1999)] ?? 0;
    const value = metric === undefined ? 0 : (metricValue(metric, aggregate) ?? 0);
    expect(Math.abs(value - exact / 1000) / (exact / 1000)).toBeLessThan(0.01);
  });

  test("never mix a server's time to first token with the client's", () => {
    const { reader, write } = store();
    write([
      newRequest({ ttftUs: 100_000, ttftSide: "client" }),
      newRequest({ requestId: "req_2", ttftUs: 900_000, ttftSide: "server" }),
    ]);
    const range = { fromMs: 0, toMs: NOW_MS * 2 };
    expect(reader.aggregate({ ...APP, measure: "ttft_ms", ...range }).max).toBe(100_000);
    expect(reader.aggregate({ ...APP, measure: "server_ttft_ms", ...range }).min).toBe(900_000);
    expect(reader.measures({ ...APP, ...range })).toEqual(["event:error", "server_ttft_ms", "ttft_ms"]);
  });

  test("are those of one moment within a snapshot, and the newest in the next", () => {
    const folder = mkdtempSync(join(tmpdir(), "switchback-rollups-"));
    const path = join(folder, "telemetry.db");
    const database = freshTelemetry(path);
    const writer = new TelemetryWriter(database);
    const reader = new SqliteTelemetryReader(openTelemetryForReading(path));
    onTestFinished(() => {
      reader.close();
      database.$client.close();
      rmSync(folder, { recursive: true });
    });
    const fromMs = NOW_MS - 3_600_000;
    const requests = (): number => reader.aggregate({ ...APP, measure: "requests", fromMs, toMs: NOW_MS }).count;
    const write = (requestId: string): unknown =>
      writer.write({ requests: [newRequest({ requestId, timeMs: NOW_MS - 60_000 })], scores: [] }, factsAt(NOW_MS));
    write("first");
    const within = reader.snapshot(() => {
      const before = requests();
      write("second");
      return [before, requests()];
    });
    expect([...within, requests()]).toEqual([1, 1, 2]);
  });

  test("count releases beyond the bound as others, and remember none of them", () => {
    const { writer, reader, write } = store();
    write(Array.from({ length: 1_100 }, (_, i) => newRequest({ requestId: `r${i}`, releaseId: `release-${i}` })));
    const traffic = reader.traffic({ ...APP, fromMs: 0, toMs: NOW_MS * 2 });
    expect(traffic[0]).toMatchObject({ releaseId: "__other__", count: 100 });
    expect(writer.overflows).toBe(100);
    // The requests themselves keep what was sent.
    expect(reader.findRequest({ requestId: "r1099" })?.releaseId).toBe("release-1099");
  });

  test("have at most a hundred own measures and scores", () => {
    const { writer, reader, write } = store();
    const measures = (from: number) => Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`own_${from + i}`, 1]));
    write([newRequest({ measures: measures(0) }), newRequest({ requestId: "req_2", measures: measures(60) })]);
    const counted = reader.measures({ ...APP, fromMs: 0, toMs: NOW_MS * 2 }).filter((name) => name.startsWith("own_"));
    expect(counted).toHaveLength(100);
    expect(writer.uncountedMeasures).toBe(20);
    expect(reader.findRequest({ requestId: "req_2" })?.measures).toHaveProperty("own_119");
  });

  test("count segment values beyond the bound as other values", () => {
    const { writer, reader, write } = store();
    write(Array.from({ length: 300 }, (_, i) => newRequest({ requestId: `r${i}`, tenant: `tenant-${i}` })));
    const values = reader.segmentValues({ ...APP, key: "tenant", fromMs: 0, toMs: NOW_MS * 2, limit: 500 });
    expect(values[0]).toEqual({ value: "__other__", count: 100 });
    expect(values).toHaveLength(201);
    expect(writer.overflows).toBe(100);
  });
});

describe("evidence", () => {
  const query = { ...APP, releaseIds: ["698df6d7ad"], segmentKeys: [], fromMs: 0, toMs: NOW_MS * 2 };
  const bucketMs = Math.floor(NOW_MS / 10_000) * 10_000;

  test("is bucketed by arrival and counts limits exactly", () => {
    const { writer, reader } = store();
    const limits = new Map([[limitKey(APP.application, "ttft_ms"), [{ limit: 850_000, side: "above" as const }]]]);
    const requests = [849_999, 850_000, 850_001, 2_000_000].map((ttftUs, i) =>
      newRequest({
        requestId: `r${i}`,
        timeMs: NOW_MS - 3_600_000,
        ttftUs,
        ttftSide: "client",
        subject: subjectHash(`subject ${i % 2}`),
      }),
    );
    writer.write({ requests: requests.slice(0, 2), scores: [] }, factsAt(NOW_MS, { limits }));
    writer.write({ requests: requests.slice(2), scores: [] }, factsAt(NOW_MS + 2_000, { limits }));
    const rows = reader.evidenceBuckets({ ...query, measures: ["ttft_ms"] });
    expect(rows).toMatchObject([
      {
        startMs: bucketMs,
        measure: "ttft_ms",
        aggregate: { count: 4 },
        exceedances: [{ limit: 850_000, side: "above", count: 2 }],
        badSubjects: 2,
      },
    ]);
  });

  test("is shown only when its bucket is closed", () => {
    const database = freshTelemetry();
    const writer = new TelemetryWriter(database);
    writer.write({ requests: [newRequest()], scores: [] }, factsAt(NOW_MS));
    const rows = (clockMs: number) =>
      new SqliteTelemetryReader(database, () => clockMs).evidenceBuckets({ ...query, measures: ["event:error"] });
    expect(rows(bucketMs + 24_999)).toEqual([]);
    expect(rows(bucketMs + 25_000)).toHaveLength(1);
  });

  test("of a late score matures with its request, ten minutes after it", () => {
    const { writer, reader, write } = store(NOW_MS + 700_000);
    write([newRequest(), newRequest({ requestId: "req_2" })], NOW_MS);
    writer.write({ requests: [], scores: [newScore()] }, factsAt(NOW_MS + 5_000));
    writer.write({ requests: [], scores: [newScore({ target: "req_2" })] }, factsAt(NOW_MS + 700_000));
    const rows = reader.evidenceBuckets({ ...query, measures: ["score:groundedness"] });
    expect(rows).toMatchObject([{ aggregate: { count: 1 } }]);
    expect(rows[0]?.startMs).toBe(Math.floor((newRequest().timeMs + 600_000) / 10_000) * 10_000);
  });
});
