/**
 * `switchback gate`: may this candidate be promoted? Ends with 0 for yes, 1 for no, 2 when it could not be told, so that
 * a pipeline that cannot reach the server never takes that for a yes, nor for a no.
 */
import { Option, type Command } from "commander";
import type { CheckGateOutput } from "@/server/control/check-gate";
import { CallFailed } from "@/server/cli/client";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import { readMap, readText } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { table } from "@/server/cli/table";

const FORMATS = ["switchback", "promptfoo", "junit"] as const;

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
}

async function gate(run: Run, { flags }: { flags: GateFlags }): Promise<ExitCode> {
  const { io, server, print } = run;
  const { application, candidate, baseline, policy } = flags;
  const limits =
    flags.limits === undefined ? undefined : await readMap(io, flags.limits, "limits, e.g. {p95_ms: {max: 1000}}");
  try {
    if (flags.results !== undefined) await handIn(run, { ...flags, results: flags.results });
    const answer = await server.call<CheckGateOutput>({
      method: "POST",
      path: "/api/v1/gates",
      body: { application, candidate, baseline, limits, policy },
    });
    print(answer, () => describe(answer));
    return { promote: EXIT.done, refuse: EXIT.refused, unknown: EXIT.unknown }[answer.verdict];
  } catch (error) {
    // A refused call is no refusal of the candidate.
    if (error instanceof CallFailed) throw new UsageError(error.message);
    throw error;
  }
}

async function handIn({ io, server }: Run, flags: GateFlags & { results: string }): Promise<void> {
  const { application, candidate, results: path, format, suite } = flags;
  const body =
    format === "switchback"
      ? { results: resultsIn(await readMap(io, path, "results, e.g. {quality: 0.87, tokens: 790}")) }
      : { report: await readText(io, path) };
  await server.call({
    method: "POST",
    path: `/api/v1/releases/${encodeURIComponent(candidate)}/evaluations`,
    body: { application, suite, format, ...body },
  });
}

/** The map itself, or its `results` where the file is written like the call's body. */
function resultsIn(map: Record<string, unknown>): unknown {
  return typeof map["results"] === "object" ? map["results"] : map;
}

const VERDICT_WORDS = {
  promote: "Promote: every check passed.",
  refuse: "Refuse: a check failed.",
  unknown: "Could not tell: nothing failed, but results are missing.",
} as const;

function describe({ verdict, checks }: CheckGateOutput): string[] {
  const rows = checks.map((check) => [
    check.passed ? "pass" : check.observed === null ? "unknown" : "fail",
    check.tier,
    check.name,
    check.message,
  ]);
  return [...(rows.length === 0 ? [] : table(["", "tier", "check", "what was seen"], rows)), VERDICT_WORDS[verdict]];
}
