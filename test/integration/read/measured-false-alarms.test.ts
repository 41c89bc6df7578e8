/** What a policy's measured false-alarm rate says: counts of all rollouts under one version, beside the promise. */
import { describe, expect, test } from "vitest";
import { measuredFalseAlarms } from "@/server/read/measured-false-alarms";
import { withTransaction } from "@/server/store/control/database";
import { writeCalibration, type CalibrationRow } from "@/server/store/control/calibrations";
import { freshDatabase } from "@/test/integration/control/fixtures";

const DAY_SEC = 86_400;

function measuredAfter(...rows: Partial<CalibrationRow>[]): ReturnType<typeof measuredFalseAlarms> {
  const control = freshDatabase();
  withTransaction(control, (tx) => {
    for (const [index, row] of rows.entries()) {
      const one = {
        rolloutId: `r${index}`,
        policyName: "p",
        policyVersion: 1,
        runs: 1,
        elapsedSec: DAY_SEC,
        alarms: 0,
      };
      writeCalibration(tx, { ...one, ...row });
    }
  });
  return measuredFalseAlarms({ control }, { name: "p", version: 1, alpha: 0.01 });
}

describe("the measured false-alarm rate of a policy", () => {
  test("is said to be unknown before the first rollout", () => {
    expect(measuredAfter()).toEqual({
      rollouts: 0,
      days: 0,
      alarms: 0,
      promised: 0,
      sentence: "The control has not been compared with itself under this policy yet.",
    });
  });

  test("adds up the rollouts of the version and no others", () => {
    const measured = measuredAfter(
      { elapsedSec: 2 * DAY_SEC },
      { runs: 2, alarms: 1 },
      { policyVersion: 2, alarms: 7 },
      { policyName: "q", alarms: 7 },
    );
    expect(measured).toMatchObject({ rollouts: 2, days: 3, alarms: 1 });
    expect(measured.promised).toBeCloseTo(0.01 * (0.5 * 3 + 0.5 * 3), 12);
    expect(measured.sentence).toBe(
      "The control compared with itself for 3 days in 2 rollouts: 1 false alarm, where the policy's budget allows 0.03 on average.",
    );
  });

  test("a rollout's counts replace those it had", () => {
    expect(measuredAfter({ rolloutId: "same" }, { rolloutId: "same", elapsedSec: 3_600 })).toMatchObject({
      rollouts: 1,
      days: 3_600 / DAY_SEC,
    });
  });
});
