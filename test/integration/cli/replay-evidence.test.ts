/** `switchback replay` of a candidate beside its control, and with evidence that grows. */
import { describe, expect, it } from "vitest";
import { chance, CANDIDATE, CONTROL, linesOf, MINUTE_MS, type Arm } from "./requests";
import { NOON } from "./run-command";
import { CONTROL_ARM, decisionsOf, replay } from "./replaying";

describe("who is compared with whom", () => {
  const thresholds = { error_rate: { max_increase: 0.5, window: "5m", action: "rollback" } };
  const policy = { evidence: "window", thresholds };
  const failing = (every: number) => (index: number) => ({ errorType: index % every === 0 ? "timeout" : undefined });
  const busy: Arm = { ...CONTROL_ARM, perMinute: 120, facts: failing(5) };
  const quiet: Arm = { releaseId: "0123456789", track: "control", facts: failing(100) };

  it("the busiest release on the control track, unless another one is named", async () => {
    const lines = linesOf(busy, quiet, { facts: failing(5) });
    expect((await replay(policy, lines)).summary.final).toBe("continue");
    expect((await replay(policy, lines, "--control", "0123456789")).summary.final).toBe("rollback");
  });

  it("the candidate as a shadow where it is one, as a canary where it was both", async () => {
    const shadow: Arm = { track: "shadow", facts: failing(2) };
    expect((await replay(policy, linesOf(busy, shadow))).summary.final).toBe("rollback");
    expect((await replay(policy, linesOf(busy, shadow, { facts: failing(5) }))).summary.final).toBe("continue");
  });

  it("a release that is not in the file is said, and passes nothing", async () => {
    const { summary, err } = await replay(policy, linesOf(busy));
    expect(summary).toMatchObject({ final: "continue", firstRollbackAt: null });
    expect(err).toContain(`there is no request of the candidate ${CANDIDATE}: the file has ${CONTROL}`);
    const wrong = await replay(policy, linesOf(busy, {}), "--control", "0123456789");
    expect(wrong.err).toContain("no request of the control 0123456789 on the control track");
  });

  it("an empty file decides nothing", async () => {
    const { changes, summary } = await replay(policy, "");
    expect(changes).toEqual([]);
    expect(summary).toEqual({ final: null, firstRollbackAt: null, firstPauseAt: null, evaluations: 0, requests: 0 });
  });
});

describe("evidence: confident, the default", () => {
  const policy = { thresholds: { error_rate: { max: 0.02, window: "5m", action: "rollback" } } };
  /** An hour of the control alone, so that the rollout starts with something to compare with. */
  const arms = (control: number, candidate: number, outage = 0): string => {
    const failing = (share: number) => (index: number) => ({
      subject: `subject-${index % 1_000}`,
      status: chance(index, index % 6_000 > 5_000 ? share + outage : share) ? ("error" as const) : ("ok" as const),
    });
    return linesOf(
      { ...CONTROL_ARM, to: 90, perMinute: 200, facts: failing(control) },
      { from: 60, to: 90, perMinute: 200, facts: failing(candidate) },
    );
  };

  it("catches twice the errors", async () => {
    const { changes, summary } = await replay(policy, arms(0.015, 0.04));
    expect(summary.final).toBe("rollback");
    expect(changes.at(-1)?.violations).toMatchObject([{ action: "rollback", metric: "error_rate" }]);
    expect(Date.parse(summary.firstRollbackAt ?? "")).toBeLessThan(NOON + 75 * MINUTE_MS);
  });

  it("lets an identical release through, also one exactly at its limit", async () => {
    expect(decisionsOf(await replay(policy, arms(0.015, 0.015)))).toEqual(["continue"]);
    expect((await replay(policy, arms(0.02, 0.02))).summary.firstRollbackAt).toBeNull();
  });

  it("does not roll back for an outage that hits both alike", async () => {
    const { summary } = await replay(policy, arms(0.01, 0.01, 0.3));
    expect(summary).toMatchObject({ firstRollbackAt: null, final: "pause_for_review" });
  });

  it("without a control, rolls back what serves everyone; a small canary of the named step waits for people", async () => {
    const steps = [{ canary: "2%" }, { canary: "60%" }];
    const lines = linesOf({
      perMinute: 200,
      facts: (index) => ({ errorType: chance(index, 0.2) ? "timeout" : undefined }),
    });
    const final = async (...flags: string[]) => (await replay({ ...policy, steps }, lines, ...flags)).summary.final;
    expect([await final(), await final("--step", "1"), await final("--step", "2")]).toEqual([
      "rollback",
      "pause_for_review",
      "rollback",
    ]);
  });

  it("holds the bad requests of one or two subjects for their own trouble", async () => {
    const broken = (subjects: number) => (index: number) => {
      const subject = index % 40;
      return { subject: `tenant-${subject}`, status: subject < subjects ? ("error" as const) : ("ok" as const) };
    };
    const of = (subjects: number): string =>
      linesOf({ ...CONTROL_ARM, to: 20 }, { to: 20, perMinute: 200, facts: broken(subjects) });
    expect((await replay(policy, of(2))).summary.firstRollbackAt).toBeNull();
    expect((await replay(policy, of(3))).summary.final).toBe("rollback");
  });
});
