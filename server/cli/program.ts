/** The whole command line: its commands, its options, and how its errors are said. */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { Config } from "@/server/config";
import { DomainError } from "@/server/domain/errors";
import { CODE_VERSION } from "@/server/version";
import { CallFailed, describeIssue } from "./client";
import { addAuditCommands } from "./commands/audit";
import { addBackupCommands } from "./commands/backup";
import { addDoctorCommand } from "./commands/doctor";
import { addCompletionCommand } from "./commands/completion";
import { addFeaturesCommands } from "./commands/features";
import { addGateCommand } from "./commands/gate";
import { addGitopsCommands } from "./commands/gitops";
import { addPolicyCommands } from "./commands/policy";
import { addReleaseCommands } from "./commands/release";
import { addReplayCommand } from "./commands/replay";
import { addRollbackCommand } from "./commands/rollback";
import { addRolloutCommands } from "./commands/rollout";
import { addTokenCommands } from "./commands/token";
import { addTraceCommand } from "./commands/trace";
import { EXIT, UsageError, type ExitCode } from "./exit-code";
import type { Io } from "./io";
import { Session } from "./session";

/** Runs one command and returns its exit code; whatever goes wrong is said on `io.err`. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const config = readSettings(io);
    const session = new Session(io, config);
    await createProgram(session, { io, config }).parseAsync(args, { from: "user" });
    return session.exitCode;
  } catch (error) {
    return reportError(error, io);
  }
}

function createProgram(session: Session, { io, config }: { io: Io; config: Config }): Command {
  const program = new Command("switchback")
    .description("Release observability and rollback for LLM applications")
    .version(CODE_VERSION)
    .option("--json", "answer in JSON, one document a line", false)
    .option("--url <url>", "the server (SWITCHBACK_URL)", parseUrl, config.cliUrl)
    .option("--token <token>", "API token; better in SWITCHBACK_TOKEN, where other users cannot see it")
    .option("--data-dir <directory>", "for commands that need no server (SWITCHBACK_DATA_DIR)", config.dataDir)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError("Add --help for what there is.");
  addReleaseCommands(program, session);
  addGateCommand(program, session);
  addFeaturesCommands(program, session);
  addRolloutCommands(program, session);
  addRollbackCommand(program, session);
  addTraceCommand(program, session);
  addPolicyCommands(program, session);
  addReplayCommand(program, session);
  addDoctorCommand(program, session);
  addGitopsCommands(program, session);
  addAuditCommands(program, session);
  addTokenCommands(program, session);
  addBackupCommands(program, session);
  addCompletionCommand(program, session);
  return program;
}

function readSettings(io: Io): Config {
  try {
    return io.config();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new InvalidArgumentError("Write it like http://localhost:3000.");
  return text;
}

function reportError(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong, or shown the help that was asked for.
    return error.exitCode === 0 ? EXIT.done : EXIT.unknown;
  }
  io.err(`switchback: ${messageOf(error)}\n`);
  return isRefusal(error) ? EXIT.refused : EXIT.unknown;
}

function messageOf(error: unknown): string {
  if (error instanceof DomainError) {
    const issues = error.issues.map((issue) => `  ${describeIssue(issue)}`);
    return [error.message, ...(issues.length > 1 ? issues : [])].join("\n");
  }
  return error instanceof Error ? error.message : String(error);
}

/** 401 and 403: not allowed. 409, 410, 412 and 422: not as things stand. Everything else is no answer to the question. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 409, 410, 412, 422]);

function isRefusal(error: unknown): boolean {
  if (error instanceof CallFailed) return REFUSALS.has(error.status);
  return error instanceof DomainError && error.code !== "invalid_input" && error.code !== "not_found";
}
