/**
 * Published measurements as Request records, where the data folder lies beside the checkout. The files are read in
 * place and never copied; without them the replays say so and do nothing else.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const DATA = join(process.cwd(), "..", "shared", "data");

/** Whether the measurements are here. */
export const haveRealData = existsSync(join(DATA, "llm-drift", "prime-gpt4.csv"));

/** One answer of GPT-4 to "Is N a prime number?". */
export interface PrimeAnswer {
  model: "gpt-4-0314" | "gpt-4-0613";
  questionId: number;
  right: boolean;
  durationMs: number;
  costUsd: number;
  outputTokens: number;
}

/** The 2,000 answers of LLMDrift's `prime` set: March and June GPT-4 on the same 1,000 questions. */
export function primeAnswers(): PrimeAnswer[] {
  const [header = [], ...rows] = csvRows(readFileSync(join(DATA, "llm-drift", "prime-gpt4.csv"), "utf8"));
  const column = (name: string): number => header.indexOf(name);
  const at = {
    model: column("model"),
    id: column("id"),
    reference: column("ref_answer"),
    answer: column("answer"),
    latency: column("latency"),
    cost: column("cost"),
    tokens: column("answer_token"),
  };
  return rows.map((row) => {
    // The first [Yes] or [No] of the answer against the reference, as the data's README defines "right".
    const said = /\[(yes|no)\]/i.exec(row[at.answer] ?? "")?.[1]?.toLowerCase();
    return {
      model: row[at.model]?.endsWith("0314") === true ? "gpt-4-0314" : "gpt-4-0613",
      questionId: Number(row[at.id]),
      right: said === row[at.reference]?.toLowerCase(),
      durationMs: Math.round(Number(row[at.latency]) * 1_000),
      costUsd: Number(row[at.cost]),
      outputTokens: Number(row[at.tokens]),
    };
  });
}

/** One request of the LLMPerf leaderboard's raw data. */
export interface ProviderRequest {
  failed: boolean;
  ttftMs: number;
  durationMs: number;
  inputTokens: number;
  outputTokens: number;
}

/** 150 requests to the same 70B model at one provider. */
export function providerRequests(provider: "anyscale" | "fireworks" | "groq" | "together"): ProviderRequest[] {
  const rows = JSON.parse(readFileSync(join(DATA, "llmperf", `${provider}_70b.json`), "utf8")) as Record<
    string,
    unknown
  >[];
  return rows.map((row) => ({
    failed: row["error_code"] !== null,
    ttftMs: Math.round(Number(row["ttft_s"]) * 1_000),
    durationMs: Math.round(Number(row["end_to_end_latency_s"]) * 1_000),
    inputTokens: Number(row["number_input_tokens"]),
    outputTokens: Number(row["number_output_tokens"]),
  }));
}

/** Arrivals of Azure's conversation trace, milliseconds after the first, in order. */
export function azureArrivals(): number[] {
  const lines = readFileSync(join(DATA, "azure-llm-trace", "conv.csv"), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  const times = lines.map((line) => Date.parse(`${(line.split(",")[0] ?? "").replace(" ", "T").slice(0, 23)}Z`));
  const first = times[0] ?? 0;
  return times.map((time) => time - first).toSorted((a, b) => a - b);
}

/** RFC 4180: quoted fields may hold commas, doubled quotes and line breaks. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    const [whole, quoted, plain, end] = match;
    if (whole === "" && row.length === 0) break;
    row.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
