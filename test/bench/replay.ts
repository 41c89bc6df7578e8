/** How fast a file of requests is replayed: read, checked, summed up and judged at every tick of its own time. */
import { Readable } from "node:stream";
import { loadReplays } from "@/server/cli/replay/load-replay";
import { runReplay } from "@/server/cli/replay/run-replay";
import { PolicyName } from "@/server/domain/ids";
import { parsePolicy } from "@/server/domain/policy/policy";

/** Requests of the file, at 100 a second: half the control's, half the candidate's. */
const REQUESTS = Number(process.env["BENCH_REPLAYED"] ?? 500_000);
const PER_SECOND = 100;
const START_MS = Date.UTC(2026, 3, 10, 12);
const LINES_PER_CHUNK = 5_000;

export interface ReplayFigures {
  readonly evidence: "confident" | "window";
  readonly requests: number;
  readonly evaluations: number;
  readonly perSecond: number;
  /** Per second of processor time: what a machine with nothing else to do comes near to. */
  readonly perCpuSecond: number;
}

/** One policy of five rules, three of them per region. */
export async function measureReplay(evidence: ReplayFigures["evidence"]): Promise<ReplayFigures> {
  const policy = parsePolicy(
    {
      evidence,
      segments: ["region"],
      thresholds: {
        p95_ttft_ms: { max: 850, window: "5m", action: "rollback" },
        error_rate: { max: 0.05, window: "5m", action: "rollback" },
        mean_cost_usd: { max_increase: 0.5, window: "5m", action: "rollback" },
        task_completion_rate: { min: 0.9, window: "5m", action: "rollback", segments: [] },
        groundedness_score: { min: 0.7, window: "5m", action: "pause_for_review", segments: [] },
      },
    },
    PolicyName.parse("bench"),
  );
  const chunks = Array.from({ length: Math.ceil(REQUESTS / LINES_PER_CHUNK) }, (_, chunk) => chunkOf(chunk));
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  const [loaded] = await loadReplays([{ policy, candidateId: "candidate" }], Readable.from(chunks));
  if (loaded === undefined) throw new Error("nothing was loaded");
  const { evaluations } = runReplay(loaded, { tickMs: 10_000, onChange: () => undefined });
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpuBegan);
  const { requests } = loaded;
  return {
    evidence,
    requests,
    evaluations,
    perSecond: requests / seconds,
    perCpuSecond: (requests * 1e6) / (user + system),
  };
}

function chunkOf(chunk: number): string {
  let text = "";
  for (let line = 0; line < LINES_PER_CHUNK; line++)
    text += `${JSON.stringify(requestOf(chunk * LINES_PER_CHUNK + line))}\n`;
  return text;
}

/** Healthy on both tracks, and different enough that sums are not of one value. */
function requestOf(index: number): object {
  const isCandidate = index % 2 === 1;
  const spread = (index * 7_919) % 10_007;
  return {
    requestId: `request-${index}`,
    time: new Date(START_MS + (index * 1_000) / PER_SECOND).toISOString(),
    releaseId: isCandidate ? "candidate" : "control",
    track: isCandidate ? "canary" : "control",
    subject: `subject-${spread % 2_000}`,
    region: ["eu", "us-east", "us-west"][spread % 3],
    status: spread < 100 ? "error" : "ok",
    taskCompleted: spread > 300,
    ttftMs: 300 + (spread % 400),
    durationMs: 2_000 + (spread % 3_000),
    inputTokens: 600,
    outputTokens: 200,
    costUsd: 0.004 + (spread % 100) / 1e6,
    scores: { groundedness: 0.8 + (spread % 20) / 100 },
  };
}
