/** Replays of published measurements, where the data folder lies beside the checkout. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { haveRealData, primeAnswers, providerRequests } from "./real-data";
import { NOON, runCommand } from "@/test/integration/cli/run-command";

const folder = mkdtempSync(join(tmpdir(), "switchback-real-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Summary {
  final: string;
  firstRollbackAt: string | null;
  requests: number;
}

async function replay(
  thresholds: object,
  arms: { evidence: string; candidate: string; control: string; lines: string },
) {
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify({ evidence: arms.evidence, thresholds }));
  const who = ["--candidate", arms.candidate, "--control", arms.control];
  const ran = await runCommand(["replay", policy, "--requests", "-", ...who, "--json"], { stdin: arms.lines });
  expect(ran).toMatchObject({ code: 0, err: "" });
  return ran.json().at(-1) as Summary;
}

function lines(records: readonly { timeMs: number }[]): string {
  return records
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map(({ timeMs, ...record }) => JSON.stringify({ ...record, time: new Date(timeMs).toISOString() }))
    .join("\n");
}

/** A question a second, asked of both models. */
function primes(): string {
  return lines(
    primeAnswers().map(({ model, questionId, right, durationMs, costUsd, outputTokens }) => ({
      requestId: `${model}-${questionId}`,
      releaseId: model,
      track: model === "gpt-4-0613" ? "canary" : "control",
      timeMs: NOON + questionId * 1_000,
      subject: `question-${questionId}`,
      taskCompleted: right,
      durationMs,
      costUsd,
      outputTokens,
    })),
  );
}

type Provider = Parameters<typeof providerRequests>[0];

/** A request every two seconds to each. */
function providers(control: Provider, candidate: Provider): string {
  const arm = (provider: Provider, track: string, offsetMs: number) =>
    providerRequests(provider).map(({ failed, ...measures }, index) => ({
      requestId: `${provider}-${index}`,
      releaseId: provider,
      track,
      timeMs: NOON + offsetMs + index * 2_000,
      status: failed ? "error" : "ok",
      ...measures,
    }));
  return lines([...arm(control, "control", 0), ...arm(candidate, "canary", 1_000)]);
}

if (haveRealData) {
  describe.each(["window", "confident"])("evidence: %s", (evidence) => {
    test("GPT-4 of June is rolled back: it completes half of what March's did", async () => {
      const thresholds = {
        task_completion_rate: { min: 0.75, window: "30m", min_requests: 100, action: "rollback" },
        p95_duration_ms: { max_increase: 0.1, window: "30m", min_requests: 100, action: "rollback" },
        mean_cost_usd: { max_increase: 0.15, window: "30m", min_requests: 100, action: "rollback" },
      };
      const arms = { evidence, candidate: "gpt-4-0613", control: "gpt-4-0314", lines: primes() };
      expect(await replay(thresholds, arms)).toMatchObject({ final: "rollback", requests: 2_000 });
    });

    test.each([
      ["groq", "fireworks"],
      ["fireworks", "groq"],
    ] as const)(
      "of two providers within the limit neither is rolled back: control %s, candidate %s",
      async (control, candidate) => {
        const thresholds = { p95_ttft_ms: { max: 850, window: "5m", min_requests: 100, action: "rollback" } };
        const arms = { evidence, candidate, control, lines: providers(control, candidate) };
        expect(await replay(thresholds, arms)).toMatchObject({
          final: "continue",
          firstRollbackAt: null,
          requests: 300,
        });
      },
    );
  });
} else {
  test("the measurements are not beside this checkout: replays on real data did not run", () => {
    expect(haveRealData).toBe(false);
  });
}
