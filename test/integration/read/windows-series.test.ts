/** A metric as a series: counts, values and intervals per window; gaps stay gaps. */
import { describe, expect, test } from "vitest";
import { DomainError } from "@/server/domain/errors";
import { readWindows, WindowsView, type WindowsQuery } from "@/server/read/windows-series";
import { request } from "./fake-telemetry";
import { APP, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

const RELEASE = "a0e277e29c";

/** Ten minutes of requests every 10 s, the middle of an hour; every tenth task fails. */
function story() {
  const told = new Story();
  told.traffic({
    releaseId: RELEASE,
    fromMs: NOW_MS - 30 * MINUTE_MS,
    toMs: NOW_MS - 20 * MINUTE_MS,
    everyMs: 10_000,
    fail: (_, index) => index % 10 === 0,
  });
  return told;
}

function windows(told: Story, given: Partial<WindowsQuery> = {}) {
  const view = readWindows(told.deps(), { application: APP, metric: "task_completion_rate", ...given });
  expect(() => WindowsView.parse(view)).not.toThrow();
  return view;
}

describe("a series of windows", () => {
  test("covers the last hour in 5-minute windows unless told otherwise", () => {
    const { items, windowMs, stepMs, unit, label } = windows(story());
    expect([items.length, windowMs, stepMs, unit, label]).toEqual([
      12,
      5 * MINUTE_MS,
      5 * MINUTE_MS,
      "ratio",
      "task completion rate",
    ]);
    expect(items[0]).toMatchObject({ start: NOW_MS - HOUR_MS, end: NOW_MS - 55 * MINUTE_MS });
    expect(items.at(-1)).toMatchObject({ start: NOW_MS - 5 * MINUTE_MS, end: NOW_MS, provisional: true });
    expect(items.slice(0, -1).every(({ provisional }) => !provisional)).toBe(true);
  });

  test("a window has its value, count and interval; one without data has none of them", () => {
    const { items } = windows(story());
    expect(items[6]).toMatchObject({ count: 30, value: 0.9 });
    expect(items[6]?.lower).toBeCloseTo(0.744, 3);
    expect(items[6]?.upper).toBeCloseTo(0.965, 3);
    expect(items[5]).toMatchObject({ count: 0, value: null, lower: null, upper: null });
  });

  test("counts are known where nothing came", () => {
    const { items, unit } = windows(story(), { metric: "request_count" });
    expect(unit).toBe("requests");
    expect(items.map(({ value }) => value)).toEqual([0, 0, 0, 0, 0, 0, 30, 30, 0, 0, 0, 0]);
  });

  test("a step shorter than the window makes windows overlap, each the sum of its steps", () => {
    const { items } = windows(story(), { metric: "request_count", stepMs: MINUTE_MS });
    expect(items).toHaveLength(60);
    const counts = new Map(items.map(({ start, count }) => [start, count]));
    expect(counts.get(NOW_MS - 34 * MINUTE_MS)).toBe(6);
    expect(counts.get(NOW_MS - 28 * MINUTE_MS)).toBe(30);
    expect(counts.get(NOW_MS - 22 * MINUTE_MS)).toBe(12);
  });

  test("narrows by release, track and segment", () => {
    const told = story();
    told.telemetry.add(
      request({ requestId: "other", timeMs: NOW_MS - 25 * MINUTE_MS, releaseId: "ffffffffff", track: "canary" }),
    );
    const total = (given: Partial<WindowsQuery>) =>
      windows(told, { metric: "request_count", ...given }).items.reduce((sum, { count }) => sum + count, 0);
    expect(total({})).toBe(61);
    expect(total({ releaseId: RELEASE })).toBe(60);
    expect(total({ track: "canary" })).toBe(1);
    expect(total({ segment: { key: "region", value: "us-west" } })).toBe(30);
    expect(windows(told, { segment: { key: "region", value: "us-west" } }).segment).toBe("region=us-west");
  });

  test("an uneven range is covered by whole windows", () => {
    const { items } = windows(story(), { fromMs: NOW_MS - 29 * MINUTE_MS, toMs: NOW_MS - 24 * MINUTE_MS });
    expect(items.map(({ start }) => start)).toEqual([NOW_MS - 30 * MINUTE_MS, NOW_MS - 25 * MINUTE_MS]);
  });

  test.each([
    [{ metric: "p95" }, "/metric"],
    [{ stepMs: 15_000 }, "/step"],
    [{ stepMs: 5_000 }, "/step"],
    [{ windowMs: MINUTE_MS, stepMs: 40_000 }, "/window"],
    [{ windowMs: 10_000, stepMs: MINUTE_MS }, "/window"],
    [{ fromMs: NOW_MS, toMs: NOW_MS }, "/from"],
    [{ windowMs: 10_000, fromMs: NOW_MS - 24 * HOUR_MS }, "/step"],
    [{ windowMs: 24 * HOUR_MS, stepMs: 10_000 }, "/step"],
  ])("refuses %o, pointing at %s", (given, pointer) => {
    const refusal = thrown(() => windows(story(), given));
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({ code: "invalid_input", issues: [{ pointer }] });
  });
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
