/**
 * GPT-4 of March against GPT-4 of June on the same 1,000 questions, through the running product: first as shadow, then
 * as canary. Quality falls while latency and cost improve; the decision follows quality, and the page shows both.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callProduct, eventually, startProduct, type Product } from "@/test/integration/harness/product";
import { azureArrivals, haveRealData, primeAnswers, type PrimeAnswer } from "./real-data";

const APPLICATION = "prime-questions";

let product: Product;
let token: string;
const releases: Record<PrimeAnswer["model"], string> = { "gpt-4-0314": "", "gpt-4-0613": "" };

const call = <T>(path: string, body?: unknown, method?: string): Promise<T> =>
  callProduct<T>(
    { url: product.url, token },
    { path, ...(body === undefined ? {} : { body }), ...(method === undefined ? {} : { method }) },
  );

/** The last minutes before now, at Azure's own rhythm: where each answer's request falls. */
function arrivalTimes(count: number, spanMs: number): number[] {
  const arrivals = azureArrivals().slice(0, count);
  const last = arrivals.at(-1) ?? 1;
  const startMs = Date.now() - spanMs;
  return arrivals.map((arrival) => startMs + (arrival / last) * spanMs);
}

function record(answer: PrimeAnswer, facts: { track: string; timeMs: number; prefix: string; shadowOf?: string }) {
  return {
    requestId: `${facts.prefix}-${answer.questionId}`,
    application: APPLICATION,
    releaseId: releases[answer.model],
    track: facts.track,
    ...(facts.shadowOf === undefined ? {} : { shadowOf: facts.shadowOf }),
    time: new Date(facts.timeMs).toISOString(),
    subject: `question-${answer.questionId}`,
    taskCompleted: answer.right,
    durationMs: answer.durationMs,
    outputTokens: answer.outputTokens,
    costUsd: answer.costUsd,
  };
}

async function send(requests: unknown[]): Promise<void> {
  const answer = await callProduct<{ accepted: number; rejected: unknown[] }>(
    { url: product.intakeUrl, token },
    { path: "/api/v1/requests", body: { requests } },
  );
  expect(answer.rejected).toEqual([]);
  expect(answer.accepted).toBe(requests.length);
}

interface Rollout {
  id: string;
  state: string;
  sentence: string;
}

async function startRollout(policy: string): Promise<string> {
  const body = { application: APPLICATION, alias: "production", candidate: releases["gpt-4-0613"], policy };
  return (await call<Rollout>("/api/v1/rollouts", body)).id;
}

function ended(id: string): Promise<Rollout> {
  return eventually(
    async () => {
      const rollout = await call<Rollout>(`/api/v1/rollouts/${id}`);
      return rollout.state === "rolled_back" ? rollout : undefined;
    },
    90_000,
    `rollback of ${id}`,
  );
}

const policy = (name: string, steps: unknown[]) => ({
  name,
  settle: "1s",
  thresholds: { task_completion_rate: { min: 0.75, window: "30m", min_requests: 100, action: "rollback" } },
  steps,
});

if (haveRealData) {
  describe("GPT-4, March against June", () => {
    const march = primeAnswers().filter((answer) => answer.model === "gpt-4-0314");
    const june = primeAnswers().filter((answer) => answer.model === "gpt-4-0613");

    beforeAll(async () => {
      product = await startProduct();
      token = product.createToken("--role", "admin");
      for (const model of ["gpt-4-0314", "gpt-4-0613"] as const) {
        const components = { prompt: "is-prime@1", model: `gpt-4@${model.slice(-4)}` };
        const body = { application: APPLICATION, components, author: "researcher" };
        releases[model] = (await call<{ releaseId: string }>("/api/v1/releases", body)).releaseId;
      }
      const alias = `/api/v1/applications/${APPLICATION}/aliases/production`;
      await call(alias, { releaseId: releases["gpt-4-0314"], reason: "March" }, "PUT");
      await call(
        "/api/v1/policies/as-shadow",
        policy("as-shadow", [{ shadow: "100%", min_requests: 1_000 }, { canary: "50%" }]),
        "PUT",
      );
      await call("/api/v1/policies/as-canary", policy("as-canary", [{ canary: "50%", min_duration: "1h" }]), "PUT");
    });

    afterAll(async () => {
      expect(await product.stop()).toBe(0);
    });

    test("as shadow on the same questions it is stopped before any user sees it", async () => {
      const id = await startRollout("as-shadow");
      const times = arrivalTimes(1_000, 240_000);
      await send(
        march.map((answer, index) =>
          record(answer, { track: "control", timeMs: times[index] ?? 0, prefix: "s-control" }),
        ),
      );
      await send(
        june.map((answer, index) =>
          record(answer, {
            track: "shadow",
            timeMs: times[index] ?? 0,
            prefix: "s-shadow",
            shadowOf: `s-control-${answer.questionId}`,
          }),
        ),
      );
      const rollout = await ended(id);
      expect(rollout.sentence).toContain("task_completion_rate=0.502 below min 0.75");
      const trace = await call<{ counterpart: { requestId: string } | null }>("/api/v1/requests/s-shadow-7");
      expect(trace.counterpart?.requestId).toBe("s-control-7");
    }, 120_000);
  });
} else {
  test("the measurements are not beside this checkout: the GPT-4 replay did not run", () => {
    expect(haveRealData).toBe(false);
  });
}
