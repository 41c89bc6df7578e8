/**
 * GPT-4 of March against GPT-4 of June on the same 1,000 questions, through the running product: as shadow, and as
 * canary. Quality falls while latency and cost improve; the decision follows quality, and the page shows both.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProduct, type Product } from "@/test/integration/harness/product";
import { haveRealData, primeAnswers, type PrimeAnswer } from "./real-data";
import { arrivalTimes, setStage, type ReplayStage } from "./stage";

const MINUTES = 240_000;
const thresholds = {
  task_completion_rate: { min: 0.75, window: "30m", min_requests: 100, action: "rollback" },
  p95_duration_ms: { max_increase: 0.1, vs: "control", window: "30m", min_requests: 100, action: "rollback" },
  mean_cost_usd: { max_increase: 0.15, vs: "control", window: "30m", min_requests: 100, action: "rollback" },
};

function record(
  answer: PrimeAnswer,
  facts: { releaseId: string; track: string; time: string | undefined; prefix: string },
): object {
  return {
    requestId: `${facts.prefix}-${answer.questionId}`,
    releaseId: facts.releaseId,
    track: facts.track,
    time: facts.time,
    subject: `question-${answer.questionId}`,
    taskCompleted: answer.right,
    durationMs: answer.durationMs,
    outputTokens: answer.outputTokens,
    costUsd: answer.costUsd,
  };
}

/** March answers as control, June on the given track; every question on both sides. */
async function sendBoth(stage: ReplayStage, track: "shadow" | "canary"): Promise<void> {
  const times = arrivalTimes(1_000, MINUTES);
  const of = (model: PrimeAnswer["model"]): PrimeAnswer[] => primeAnswers().filter((answer) => answer.model === model);
  const control = of("gpt-4-0314").map((answer, index) =>
    record(answer, { releaseId: stage.control, track: "control", time: times[index], prefix: `${track}-control` }),
  );
  const candidate = of("gpt-4-0613").map((answer, index) => ({
    ...record(answer, { releaseId: stage.candidate, track, time: times[index], prefix: track }),
    ...(track === "shadow" ? { shadowOf: `shadow-control-${answer.questionId}` } : {}),
  }));
  await stage.send(control);
  await stage.send(candidate);
}

if (haveRealData) {
  describe.each(["confident", "window"] as const)("GPT-4, March against June, evidence: %s", (evidence) => {
    let product: Product;
    let token: string;

    beforeAll(async () => {
      product = await startProduct();
      token = product.createToken("--role", "admin");
    });

    afterAll(async () => {
      await product.stop();
    });

    const scene = (application: string) => ({
      application,
      control: { prompt: "is-prime@1", model: "gpt-4@0314" },
      candidate: { prompt: "is-prime@1", model: "gpt-4@0613" },
      policies: {
        "as-shadow": {
          evidence,
          settle: "1s",
          thresholds,
          steps: [{ shadow: "100%", min_requests: 1_000 }, { canary: "50%" }],
        },
        "as-canary": { evidence, settle: "1s", thresholds, steps: [{ canary: "50%", min_duration: "1h" }] },
      },
    });

    test("as shadow on the same questions it is stopped before any user sees it", async () => {
      const stage = await setStage(product, token, scene("prime-shadow"));
      const id = await stage.startRollout("as-shadow");
      await sendBoth(stage, "shadow");
      const rollout = await stage.until(id, ({ state }) => state === "rolled_back");
      expect(rollout.sentence).toContain("task completion rate is 50.2 %, below the limit of 75 % over 30m");
      const trace = await stage.call<{ counterpart: { requestId: string; taskCompleted: boolean } | null }>(
        "/api/v1/requests/shadow-7",
      );
      expect(trace.counterpart?.requestId).toBe("shadow-control-7");
    }, 120_000);

    test("as canary production goes back, and the page says that it was quicker and cheaper all the same", async () => {
      const stage = await setStage(product, token, scene("prime-canary"));
      const id = await stage.startRollout("as-canary");
      await sendBoth(stage, "canary");
      const rollout = await stage.until(id, ({ state }) => state === "rolled_back");
      expect(rollout.sentence).toContain("task completion rate is 50.2 %, below the limit of 75 % over 30m");
      const alias = await stage.call<{ releaseId: string; cause: string }>(
        "/api/v1/applications/prime-canary/aliases/production",
      );
      expect(alias).toMatchObject({ releaseId: stage.control, cause: "rollback" });
      const compare = await stage.compare(id);
      expect(compare.decision).toBe("rollback");
      const row = (metric: string) => compare.rows.find((one) => one.metric === metric);
      expect(row("task_completion_rate")).toMatchObject({ verdict: "breach", candidate: { count: 1_000 } });
      expect(row("task_completion_rate")?.candidate.value).toBeCloseTo(0.502, 3);
      expect(row("task_completion_rate")?.control.value).toBeCloseTo(0.84, 3);
      for (const metric of ["p95_duration_ms", "mean_cost_usd"]) {
        expect(row(metric)?.verdict, metric).toBe("pass");
        expect(row(metric)?.candidate.value ?? 1, metric).toBeLessThan(row(metric)?.control.value ?? 0);
      }
      expect(compare.bothTruths.join("\n")).toMatch(
        /P95 duration is better on the candidate[\s\S]*Mean cost is better on the candidate/,
      );
      const verify = await stage.call<{ valid: boolean; entries: number }>("/api/v1/audit/verify");
      expect(verify.valid).toBe(true);
    }, 120_000);
  });
} else {
  test("the measurements are not beside this checkout: the GPT-4 replay did not run", () => {
    expect(haveRealData).toBe(false);
  });
}
