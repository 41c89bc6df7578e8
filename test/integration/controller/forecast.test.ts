import { describe, expect, test } from "vitest";
import { forecastRollout, forecastStart } from "@/server/read/forecast";
import { checkPolicy } from "@/server/read/policy-check";
import { PolicyName } from "@/server/domain/ids";
import { APP, ON_PRODUCTION, person } from "@/test/integration/control/fixtures";
import { newStage, NOON, type Stage } from "./harness";

const SPAN = 600_000;
const RULES = {
  error_rate: { max: 0.05, window: "5m", action: "rollback" },
  p95_ttft_ms: { max: 850, window: "5m", action: "rollback" },
  groundedness_score: { min: 0.8, window: "5m", action: "pause_for_review" },
} as const;

/** Two requests a second of the control for ten minutes; one in fifty fails, whoever asks. */
function served(): { stage: Stage; deps: Parameters<typeof forecastRollout>[0] } {
  const stage = newStage();
  stage.send({
    releaseId: stage.control,
    track: "control",
    count: 1_200,
    fromMs: NOON - SPAN,
    toMs: NOON,
    facts: (index) => ((index * 7_919) % 10_007 < 200 ? { status: "error" } : {}),
  });
  stage.put({ thresholds: RULES, steps: [{ canary: "10%" }, { canary: "50%" }] });
  return { stage, deps: { control: stage.world.db, telemetry: stage.deps.telemetry, nowMs: NOON } };
}

describe("a forecast", () => {
  test("before a rollout tells what each rule finds by when at the first step's share, and which would be sooner", () => {
    const { deps } = served();
    const forecast = forecastStart(deps, { ...ON_PRODUCTION, policy: "test" });
    expect(forecast).toMatchObject({ percentage: 10, policy: { name: "test", version: 1 } });
    expect(forecast.requestsPerSec).toBeCloseTo(2, 1);
    const [errors, ttft, score] = forecast.rules;
    expect(errors?.found.map(({ shows }) => shows)).toEqual(["7.5 %", "10 %", "15 %", "25 %"]);
    const twice = errors?.found[1]?.seconds ?? 0;
    // 0.2 requests a second at 10 %, and some three hundred are needed (docs/decisions.md).
    expect(twice).toBeGreaterThan(600);
    expect(twice).toBeLessThan(4 * 3_600);
    const half = errors?.atPercentages.find(({ percentage }) => percentage === 50)?.seconds ?? Infinity;
    expect(half).toBeLessThan(twice / 2);
    expect(errors?.sentence).toMatch(
      /^error rate: at 10 % it finds 10 % \(twice what is allowed\) in about .+; \d+ % would/,
    );
    expect(ttft?.found[1]?.shows).toBe("10 % of requests above 850 ms");
    expect(score).toMatchObject({ unknown: expect.stringContaining("nobody has sent it"), found: [] });
  });

  test("of a rollout is under its own policy and share", () => {
    const { stage, deps } = served();
    const id = stage.start(NOON);
    expect(forecastRollout(deps, id)).toMatchObject({ percentage: 10, alias: "production" });
    expect(() => forecastRollout(deps, "rol_none")).toThrow(/no rollout/);
  });

  test("says that nothing is known where nothing is served", () => {
    const stage = newStage();
    stage.put({ thresholds: RULES });
    const deps = { control: stage.world.db, telemetry: stage.deps.telemetry, nowMs: NOON };
    const forecast = forecastStart(deps, { ...ON_PRODUCTION, policy: "test" });
    expect(forecast).toMatchObject({
      requestsPerSec: null,
      sentence: expect.stringContaining("Nothing is served yet"),
    });
    expect(forecast.rules.every(({ unknown }) => unknown !== null)).toBe(true);
  });

  test("warns the author of a policy whose metric nobody sends", () => {
    const { deps } = served();
    const text =
      "thresholds:\n  groundedness_score: { min: 0.8, action: pause_for_review }\n  error_rate: { max: 0.05, action: rollback }\n";
    const draft = { name: PolicyName.parse("draft"), text, application: APP, actor: person("release_manager") };
    expect(checkPolicy(deps, draft).warnings).toEqual([
      { rule: "groundedness_score:min", message: expect.stringContaining("nobody has sent it in the last day") },
    ]);
  });
});
