/** A replay against the real thing: the same requests through the intake's records and the store give the same evaluations. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import { loadReplays } from "@/server/cli/replay/load-replay";
import { evaluateRollout } from "@/server/controller/evaluate-rollout";
import { parsePolicy } from "@/server/domain/policy/policy";
import type { ControlFacts } from "@/server/store/sqlite/control-facts";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { readRequests } from "@/server/telemetry/json-records";
import { chance, CANDIDATE, CONTROL, linesOf, MINUTE_MS, type Arm } from "./requests";
import { NOON } from "./run-command";

const TICK_MS = 10_000;
const folder = mkdtempSync(join(tmpdir(), "switchback-replay-"));

const facts = (slow: number): NonNullable<Arm["facts"]> => {
  return (index) => ({
    application: "deploy-assistant",
    region: chance(index, 0.3) ? "us-west" : "eu-central",
    tenant: `tenant-${index % 3}`,
    subject: `subject-${index % 700}`,
    status: chance(index + 17, 0.02 * slow) ? "error" : "ok",
    toxic: chance(index + 5, 0.004),
    taskCompleted: !chance(index + 3, 0.05 * slow),
    ttftMs: 300 + ((index * 37) % 400) * slow,
    costUsd: 0.002 + ((index * 13) % 11) * 0.001,
    inputTokens: 500 + (index % 90),
    outputTokens: 100 + (index % 70),
    scores: chance(index + 1, 0.4) ? { groundedness: 0.7 + (index % 25) / 100 } : {},
  });
};

/** The control was there before; the candidate gets worse in its twentieth minute. */
const lines = linesOf(
  { releaseId: CONTROL, track: "control", from: 0, to: 70, perMinute: 90, facts: facts(1) },
  { from: 30, to: 50, facts: facts(1) },
  { from: 50, to: 70, facts: facts(2) },
);

const thresholds = {
  p95_ttft_ms: { max: 850, window: "5m", consecutive: 3, min_requests: 100, action: "rollback" },
  error_rate: { max_increase: 0.5, window: "10m", action: "rollback" },
  toxicity_rate: { max: 0.02, window: "10m", action: "rollback" },
  groundedness_score: { min: 0.75, window: "15m", action: "pause_for_review" },
  mean_total_tokens: { max_increase: 0.15, window: "30m", action: "notify" },
  mean_cost_usd: { max: 0.02, window: "30m", action: "rollback" },
};

let clockMs = NOON;
let stored: SqliteTelemetryReader;

/** Every bucket's records in one commit that arrives within the bucket. */
beforeAll(() => {
  const path = join(folder, "telemetry.db");
  const database = openTelemetryDatabase(path);
  migrateTelemetryDatabase(database, join(import.meta.dirname, "../../../db/telemetry/migrations"));
  const writer = new TelemetryWriter(database);
  const commits = new Map<number, string[]>();
  for (const line of lines.split("\n").slice(0, -1)) {
    const bucket = Math.floor(timeOf(line) / TICK_MS);
    commits.set(bucket, [...(commits.get(bucket) ?? []), line]);
  }
  for (const commit of commits.values()) {
    const nowMs = timeOf(commit.at(-1) ?? "");
    const { records } = readRequests(Buffer.from(commit.join("\n")), "application/x-ndjson", {
      facts: NO_FACTS,
      nowMs,
    });
    writer.write(
      { requests: records, scores: [] },
      { nowMs, segmentKeys: () => ["region", "tenant"], limits: new Map() },
    );
  }
  database.$client.close();
  stored = new SqliteTelemetryReader(openTelemetryForReading(path), () => clockMs);
});
afterAll(() => {
  stored.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Records that name their release and application ask for nothing else. */
const NO_FACTS = { storesContent: () => false } as unknown as ControlFacts;

function timeOf(line: string): number {
  return Date.parse((JSON.parse(line) as { time: string }).time);
}

describe("a replay evaluates as the controller does on the stored requests", () => {
  it.each(["window", "confident"] as const)("evidence: %s", async (evidence) => {
    const policy = parsePolicy({ name: "p", evidence, thresholds, segments: ["region"] });
    const [loaded] = await loadReplays([{ policy, candidateId: CANDIDATE }], Readable.from([lines]));
    if (loaded === undefined) throw new Error("nothing was loaded");
    const { telemetry, situation } = loaded;
    const comparison = { ...situation.comparison, application: "deploy-assistant" };
    let [ours, theirs]: unknown[] = [];
    const decisions = new Set<string>();
    for (clockMs = NOON + 30 * MINUTE_MS; clockMs <= NOON + 71 * MINUTE_MS; clockMs += TICK_MS) {
      telemetry.moveTo(clockMs);
      const replayed = evaluateRollout(telemetry, { ...situation, previousEvidence: ours }, clockMs);
      const live = evaluateRollout(stored, { ...situation, comparison, previousEvidence: theirs }, clockMs);
      expect(replayed).toEqual(live);
      // As the controller does, the live one is written down and read back.
      [ours, theirs] = [
        replayed.evidence,
        live.evidence === undefined ? undefined : JSON.parse(JSON.stringify(live.evidence)),
      ];
      decisions.add(replayed.evaluation.decision);
    }
    expect(decisions).toContain("rollback");
  });
});
