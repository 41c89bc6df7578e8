/** A replay against the real thing: the same requests through the intake's records and the store give the same evaluations. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import { loadReplays } from "@/server/cli/replay/load-replay";
import { packEvidence, readEvidence, unpackEvidence, writtenEvidence } from "@/server/controller/evidence-codec";
import type { StoredEvidence } from "@/server/controller/rollout-evidence";
import { evaluateRollout } from "@/server/controller/evaluate-rollout";
import { countedLimits } from "@/server/domain/policy/counted-limits";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import type { ControlFacts } from "@/server/store/sqlite/control-facts";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { limitKey, TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
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

/** As the intake holds them while a rollout under this policy is live: counted exactly, not from the histogram. */
const LIMITS = new Map(
  [...countedLimits(parsePolicy({ name: "p", thresholds }))].map(([measure, limits]) => [
    limitKey("deploy-assistant", measure),
    limits,
  ]),
);

let clockMs = NOON;
let files = 0;

/** The lines as the intake stores them: every bucket's records in one commit that arrives within the bucket. */
function storeOf(text: string): SqliteTelemetryReader {
  files += 1;
  const path = join(folder, `telemetry-${files}.db`);
  const database = openTelemetryDatabase(path);
  migrateTelemetryDatabase(database, join(import.meta.dirname, "../../../db/telemetry/migrations"));
  const writer = new TelemetryWriter(database);
  const commits = new Map<number, string[]>();
  for (const line of text.split("\n").slice(0, -1)) {
    const bucket = Math.floor(timeOf(line) / TICK_MS);
    commits.set(bucket, [...(commits.get(bucket) ?? []), line]);
  }
  for (const commit of commits.values()) {
    const nowMs = timeOf(commit.at(-1) ?? "");
    const { records } = readRequests(Buffer.from(commit.join("\n")), "application/x-ndjson", {
      facts: NO_FACTS,
      nowMs,
    });
    writer.write({ requests: records, scores: [] }, { nowMs, segmentKeys: () => ["region", "tenant"], limits: LIMITS });
  }
  database.$client.close();
  const reader = new SqliteTelemetryReader(openTelemetryForReading(path), () => clockMs);
  onTestFinished(() => reader.close());
  return reader;
}
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Records that name their release and application ask for nothing else. */
const NO_FACTS = { storesContent: () => false } as unknown as ControlFacts;

function writtenAndRead(evidence: StoredEvidence): StoredEvidence | undefined {
  const read = readEvidence(JSON.parse(JSON.stringify(writtenEvidence(packEvidence(evidence)))));
  return read === undefined ? undefined : unpackEvidence(read);
}

function timeOf(line: string): number {
  return Date.parse((JSON.parse(line) as { time: string }).time);
}

/** Both evaluations at every tick, compared; what was decided, and the evidence at the end. */
async function compare(
  text: string,
  { policy, from, to }: { policy: Policy; from: number; to: number },
): Promise<{ decisions: Set<string>; evidence: StoredEvidence | undefined }> {
  const stored = storeOf(text);
  const [loaded] = await loadReplays([{ policy, candidateId: CANDIDATE }], Readable.from([text]));
  if (loaded === undefined) throw new Error("nothing was loaded");
  const { telemetry, situation } = loaded;
  const comparison = { ...situation.comparison, application: "deploy-assistant" };
  let [ours, theirs]: (StoredEvidence | undefined)[] = [];
  const decisions = new Set<string>();
  for (clockMs = NOON + from * MINUTE_MS; clockMs <= NOON + to * MINUTE_MS; clockMs += TICK_MS) {
    telemetry.moveTo(clockMs);
    const replayed = evaluateRollout(telemetry, { ...situation, previousEvidence: ours }, clockMs);
    const live = evaluateRollout(stored, { ...situation, comparison, previousEvidence: theirs }, clockMs);
    expect(replayed).toEqual(live);
    // As the controller does, the live one is written down and read back.
    [ours, theirs] = [replayed.evidence, live.evidence === undefined ? undefined : writtenAndRead(live.evidence)];
    decisions.add(replayed.evaluation.decision);
  }
  return { decisions, evidence: theirs };
}

describe("a replay evaluates as the controller does on the stored requests", () => {
  it.each(["window", "confident"] as const)("evidence: %s", async (evidence) => {
    const policy = parsePolicy({ name: "p", evidence, thresholds, segments: ["region"] });
    const { decisions, evidence: last } = await compare(lines, { policy, from: 30, to: 71 });
    expect(decisions).toContain("rollback");
    // The control was compared with itself all the time, in both.
    expect([last?.halves.runs, last?.halves.alarms]).toEqual(
      evidence === "confident" ? [1, 0] : [undefined, undefined],
    );
  });

  it("a shadow by the pairs with the requests that it copies", async () => {
    const answers = (drop: number): NonNullable<Arm["facts"]> => {
      return (index) => ({
        application: "deploy-assistant",
        subject: `subject-${index % 700}`,
        region: chance(index, 0.3) ? "us-west" : "eu-central",
        // Hard prompts are hard for both.
        scores: { groundedness: 0.5 + (index % 40) / 100 + drop },
        toxic: chance(index, 0.01),
      });
    };
    const shadowOf: NonNullable<Arm["facts"]> = (index) => ({ ...answers(-0.06)(index), shadowOf: `r0-${index}` });
    const text = linesOf(
      { releaseId: CONTROL, track: "control", to: 20, facts: answers(0) },
      { track: "shadow", to: 20, facts: shadowOf },
    );
    const policy = parsePolicy({
      name: "p",
      segments: ["region"],
      thresholds: {
        groundedness_score: { max_decrease: 0, vs: "control", action: "pause_for_review" },
        toxicity_rate: { max: 0.05, action: "rollback" },
      },
    });
    const { decisions, evidence } = await compare(text, { policy, from: 1, to: 22 });
    expect(decisions).toContain("pause_for_review");
    // Every answered pair counted once, none twice.
    expect(evidence?.rules["groundedness_score:max_decrease"]?.state.n).toBe(1_200);
  });
});
