/**
 * `switchback gate`: may this candidate be promoted? Ends with 0 for yes, 1 for no, 2 when it could not be told, so that
 * a pipeline that cannot reach the server never takes that for a yes, nor for a no.
 */
import { writeFileSync } from "node:fs";
import { Option, type Command } from "commander";
import type { CheckGateOutput } from "@/server/control/check-gate";
import { CallFailed } from "@/server/cli/client";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import { secondsWords } from "@/server/cli/progress";
import { parseSeconds, readMap, readText } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { table } from "@/server/cli/table";

const FORMATS = ["switchback", "promptfoo", "junit", "jsonl"] as const;

/** Adds `gate`. */
export function addGateCommand(program: Command, session: Session): void {
  program
    .command("gate")
    .description("check a candidate's results: exit 0 promote, 1 refuse, 2 could not tell")
    .requiredOption("--application <app>", "application")
    .requiredOption("--candidate <release>", "release id of the candidate")
    .option("--baseline <release>", "release to compare with; without it, what production serves")
    .option("--results <file>", "golden-set results of the candidate, handed in first; - for standard input")
    .addOption(new Option("--format <format>", "what the results file is").choices(FORMATS).default("switchback"))
    .option("--suite <name>", "the suite the results are of", "golden")
    .option("--limits <file>", "YAML or JSON: limits; without it, the policy's gates")
    .option("--policy <name>", "policy whose gates count")
    .option("--wait <seconds>", "how long to wait for results that others hand in", parseSeconds, 0)
    .option("--markdown <file>", "also write the answer as Markdown, e.g. for a pull request")
    .action(session.action(gate));
}

interface GateFlags {
  application: string;
  candidate: string;
  baseline?: string;
  results?: string;
  format: (typeof FORMATS)[number];
  suite: string;
  limits?: string;
  policy?: string;
  wait: number;
  markdown?: string;
}

async function gate(run: Run, { flags }: { flags: GateFlags }): Promise<ExitCode> {
  const { io, print } = run;
  const limits =
    flags.limits === undefined ? undefined : await readMap(io, flags.limits, "limits, e.g. {p95_ms: {max: 1000}}");
  try {
    if (flags.results !== undefined) await handIn(run, { ...flags, results: flags.results });
    const answer = await ask(run, { ...flags, limits });
    if (flags.markdown !== undefined) writeSummary(flags.markdown, answer, flags);
    print(answer, () => describe(answer));
    return { promote: EXIT.done, refuse: EXIT.refused, unknown: EXIT.unknown }[answer.verdict];
  } catch (error) {
    // A refused call is no refusal of the candidate.
    if (error instanceof CallFailed) throw new UsageError(error.message);
    throw error;
  }
}

/** Asks again so often while results are missing. */
const POLL_MS = 2_000;

/** The gate's answer; while it lacks results, only when the wait is over. */
async function ask(
  { io, server, progress }: Run,
  { application, candidate, baseline, policy, wait, limits }: Omit<GateFlags, "limits"> & { limits: unknown },
): Promise<CheckGateOutput> {
  const body = { application, candidate, baseline, limits, policy };
  const startedMs = io.nowMs();
  for (;;) {
    const answer = await server.call<CheckGateOutput>({ method: "POST", path: "/api/v1/gates", body });
    const waitedMs = io.nowMs() - startedMs;
    if (!lacksResults(answer) || waitedMs >= wait * 1_000) return answer;
    progress.say("waiting for results", secondsWords(waitedMs, wait));
    await io.pause(POLL_MS);
  }
}

/** Waiting brings what is missing; it decides nothing that is inside the noise. */
function lacksResults({ verdict, checks }: CheckGateOutput): boolean {
  return verdict === "unknown" && checks.some((check) => word(check) === "unknown" && check.undecided !== true);
}

async function handIn({ io, server, progress }: Run, flags: GateFlags & { results: string }): Promise<void> {
  const { application, candidate, results: path, format, suite } = flags;
  const body =
    format === "switchback"
      ? ownResults(await readMap(io, path, "results, e.g. {quality: 0.87, tokens: 790}"))
      : { report: await readText(io, path) };
  await progress.during(
    `handing in ${path === "-" ? "the results" : path}`,
    server.call({
      method: "POST",
      path: `/api/v1/releases/${encodeURIComponent(candidate)}/evaluations`,
      body: { application, suite, format, ...body },
    }),
  );
}

/** The map itself as results; or its `results` and `items` where the file is written like the call's body. */
function ownResults(map: Record<string, unknown>): { results?: unknown; items?: unknown } {
  if (Array.isArray(map["items"])) return { results: map["results"], items: map["items"] };
  return { results: typeof map["results"] === "object" ? map["results"] : map };
}

const VERDICT_WORDS = {
  promote: "Promote: every check passed.",
  refuse: "Refuse: a check failed.",
  unknown: "Could not tell: nothing failed, but results are missing.",
} as const;

const UNDECIDED = "Could not tell: nothing is shown to be broken, but a difference is inside the noise.";

function verdictWords({ verdict, checks }: CheckGateOutput): string {
  return verdict === "unknown" && checks.some((check) => check.undecided === true) ? UNDECIDED : VERDICT_WORDS[verdict];
}

function word({ passed, observed, undecided }: CheckGateOutput["checks"][number]): "pass" | "fail" | "unknown" {
  if (passed) return "pass";
  return observed === null || undecided === true ? "unknown" : "fail";
}

function describe(answer: CheckGateOutput): string[] {
  const rows = answer.checks.map((check) => [word(check), check.tier, check.name, check.message]);
  return [...(rows.length === 0 ? [] : table(["", "tier", "check", "what was seen"], rows)), verdictWords(answer)];
}

/** What failed comes first: a reviewer reads the top of a comment. */
function writeSummary(path: string, answer: CheckGateOutput, { candidate, baseline }: GateFlags): void {
  const order = { fail: 0, unknown: 1, pass: 2 };
  const checks = answer.checks.toSorted((a, b) => order[word(a)] - order[word(b)]);
  const lines = [
    `### Switchback gate: ${answer.verdict}`,
    "",
    `${verdictWords(answer)} Candidate \`${candidate}\`${baseline === undefined ? "" : `, baseline \`${baseline}\``}.`,
    "",
    "| | tier | check | what was seen |",
    "| --- | --- | --- | --- |",
    ...checks.map((check) => `| ${[word(check), check.tier, check.name, check.message].map(cell).join(" | ")} |`),
    "",
  ];
  try {
    writeFileSync(path, lines.join("\n"));
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A message may hold what Markdown would read as a cell's end or as markup. */
function cell(text: string): string {
  return text.replaceAll(/[|\\`<>*_[\]]/g, (found) => `\\${found}`).replaceAll(/\s+/g, " ");
}
