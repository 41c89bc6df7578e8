/** Two providers of one 70B model against `p95_ttft_ms max 850`: slower is not too slow, and one provider with an outage is. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProduct, type Product } from "@/test/integration/harness/product";
import { haveRealData, providerRequests, type ProviderRequest } from "./real-data";
import { arrivalTimes, setStage, type ReplayStage } from "./stage";

const policies = {
  latency: {
    settle: "1s",
    thresholds: { p95_ttft_ms: { max: 850, window: "10m", min_requests: 100, action: "rollback" } },
    steps: [{ canary: "50%", min_duration: "10s", min_requests: 140 }],
  },
};

async function sendBoth(stage: ReplayStage, control: ProviderRequest[], candidate: ProviderRequest[]): Promise<void> {
  const times = arrivalTimes(150, 120_000);
  const records = (requests: ProviderRequest[], releaseId: string, track: string): object[] =>
    requests.map((request, index) => ({
      requestId: `${track}-${index}`,
      releaseId,
      track,
      time: times[index],
      subject: `caller-${index}`,
      status: request.failed ? "error" : "ok",
      ttftMs: request.ttftMs,
      durationMs: request.durationMs,
      inputTokens: request.inputTokens,
      outputTokens: request.outputTokens,
    }));
  await stage.send(records(control, stage.control, "control"));
  await stage.send(records(candidate, stage.candidate, "canary"));
}

if (haveRealData) {
  describe("one model, two providers", () => {
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
      control: { model: "llama-70b@groq" },
      candidate: { model: "llama-70b@fireworks" },
      policies,
    });

    test("a provider that is slower but within the limit is not rolled back, and the page says that it is slower", async () => {
      const stage = await setStage(product, token, scene("providers"));
      const id = await stage.startRollout("latency");
      await sendBoth(stage, providerRequests("groq"), providerRequests("fireworks"));
      const rollout = await stage.until(
        id,
        ({ sentence }) => sentence.includes("proof that p95_ttft_ms") || sentence.includes("promoted"),
      );
      expect(rollout.state).toMatch(/^(canary|promoted)$/);
      const compare = await stage.compare(id);
      const row = compare.rows.find((one) => one.metric === "p95_ttft_ms");
      expect(row?.verdict).toBe("pass");
      expect(row?.candidate.value).toBeGreaterThan(700);
      expect(row?.candidate.value).toBeLessThan(850);
      expect(row?.control.value).toBeLessThan(400);
      expect(compare.bothTruths.join("\n")).toContain("P95 time to first token is worse on the candidate");
    }, 120_000);

    test("the same provider answering a second later is rolled back", async () => {
      const stage = await setStage(product, token, scene("providers-late"));
      const id = await stage.startRollout("latency");
      const late = providerRequests("fireworks").map((request) => ({ ...request, ttftMs: request.ttftMs + 1_000 }));
      await sendBoth(stage, providerRequests("groq"), late);
      const rollout = await stage.until(id, ({ state }) => state === "rolled_back");
      expect(rollout.sentence).toMatch(
        /p95 time to first token is 1\u202f[78]\d\d ms, above the limit of 850 ms over 10m/,
      );
    }, 120_000);
  });
} else {
  test("the measurements are not beside this checkout: the provider replay did not run", () => {
    expect(haveRealData).toBe(false);
  });
}
