import { describe, expect, test } from "vitest";
import { deliveryOf } from "@/server/domain/rollout/delivery";

const move = (
  cause: Parameters<typeof deliveryOf>[0][number]["cause"],
  fromReleaseId: string | null,
  toReleaseId: string,
  alias = "production",
) => ({ alias, cause, fromReleaseId, toReleaseId });
const incident = (startedAtMs: number | null, detectedAtMs: number, mitigatedAtMs: number | null) => ({
  startedAtMs,
  detectedAtMs,
  mitigatedAtMs,
});

describe("how changes went", () => {
  test("nothing happened: no rate, no lengths", () => {
    const none = { count: 0, medianMs: null, longestMs: null };
    expect(deliveryOf([], [])).toEqual({ changes: 0, failed: 0, detect: none, restore: none });
  });

  test("an alias' first release is no change; a rolled-back canary is one that failed", () => {
    const moves = [
      move("manual", null, "a"),
      move("promotion", "a", "b"),
      move("rollback", "c", "b"),
      move("registry_sync", "b", "d", "staging"),
    ];
    expect(deliveryOf(moves, [])).toMatchObject({ changes: 3, failed: 1 });
  });

  test("a release that was promoted and later rolled back is one change, and failed", () => {
    const moves = [move("promotion", "a", "b"), move("break_glass", "b", "a"), move("rollback", "b", "a")];
    expect(deliveryOf(moves, [])).toMatchObject({ changes: 1, failed: 1 });
  });

  test("git that follows a rollback is no change of its own", () => {
    expect(deliveryOf([move("reconcile", "b", "a")], [])).toMatchObject({ changes: 0, failed: 0 });
  });

  test("lengths are medians with counts; an unknown beginning counts from the detection, and only for restoring", () => {
    const { detect, restore } = deliveryOf(
      [],
      [incident(0, 10, 40), incident(100, 130, 300), incident(null, 500, 560), incident(700, 790, null)],
    );
    expect(detect).toEqual({ count: 3, medianMs: 30, longestMs: 90 });
    expect(restore).toEqual({ count: 3, medianMs: 60, longestMs: 200 });
  });

  test("of an even number, the middle of the two in the middle", () => {
    expect(deliveryOf([], [incident(0, 10, null), incident(0, 20, null)]).detect.medianMs).toBe(15);
  });
});
