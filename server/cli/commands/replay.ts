/** `switchback replay`: what a policy would have decided on requests that have been. A file of them needs no server. */
import { existsSync } from "node:fs";
import { InvalidArgumentError, Option, type Command } from "commander";
import { UsageError } from "@/server/cli/exit-code";
import type { Io } from "@/server/cli/io";
import { readText, TextInput } from "@/server/cli/read-input";
import { replayFile, type FileReplay } from "@/server/cli/replay/replay-file";
import { MOST_ROLLOUTS, replayStored, type AskedPolicy, type WhichRollouts } from "@/server/cli/replay/replay-stored";
import type { Run, Session } from "@/server/cli/session";
import { readPolicyText } from "@/server/control/policy-text";
import { EVALUATION_STEP_MS } from "@/server/controller/rule-windows";
import { PolicyName } from "@/server/domain/ids";
import { DURATION_FORM, formatDuration, parseDuration } from "@/server/domain/policy/duration";
import type { Policy } from "@/server/domain/policy/policy";

/** Adds `replay`. */
export function addReplayCommand(program: Command, session: Session): void {
  program
    .command("replay")
    .description("evaluate a policy on requests that have been, at every tick of their own time")
    .argument("<policy>", "policy file, YAML or JSON; on the server's data also a stored policy, NAME or NAME@VERSION")
    .option("--against <policy>", "another policy, side by side")
    .option("--requests <file>", "Request records, one JSON object a line, ordered by time; - for standard input")
    .option("--candidate <release>", "with --requests: release id of the candidate")
    .option("--control <release>", "with --requests: release id of the control; else the busiest on the control track")
    .addOption(
      new Option(
        "--tick <duration>",
        `with --requests: time between evaluations (${formatDuration(EVALUATION_STEP_MS)})`,
      ).argParser(parseTick),
    )
    .option("--step <number>", "with --requests: the policy's step whose share counts, 1 for the first", parseCount)
    .option("--rollout <id>", "or the server's data of a rollout")
    .option("--incident <id>", "or of an incident's rollout")
    .option("--last <number>", "or of the newest rollouts of --application", parseCount)
    .option("--application <app>", "with --last")
    .action(session.action(replay));
}

interface ReplayFlags {
  against?: string;
  requests?: string;
  candidate?: string;
  control?: string;
  tick?: number;
  step?: number;
  rollout?: string;
  incident?: string;
  last?: number;
  application?: string;
}

async function replay(
  run: Run,
  { args: [file], flags }: { args: readonly [string]; flags: ReplayFlags },
): Promise<void> {
  const named = flags.against === undefined ? [file] : [file, flags.against];
  const which = whichRollouts(flags);
  if (which === undefined) {
    const policies = [];
    for (const path of named) policies.push({ label: path, policy: await readPolicy(run.io, path) });
    return replayFile(run, { ...fileInput(run.io, { file, flags }), policies });
  }
  const ofFiles = (["candidate", "control", "tick", "step"] as const).find((name) => flags[name] !== undefined);
  if (ofFiles !== undefined) throw new UsageError(`--${ofFiles} goes with --requests: a rollout has its own`);
  const policies = [];
  for (const path of named) policies.push(await askedPolicy(run.io, path));
  return replayStored(run, { policies, which });
}

const SOURCES = ["requests", "rollout", "incident", "last"] as const;

/** Undefined for a file of requests. */
function whichRollouts(flags: ReplayFlags): WhichRollouts | undefined {
  const given = SOURCES.filter((source) => flags[source] !== undefined);
  const { rollout, incident, last, application } = flags;
  if (given.length !== 1) {
    throw new UsageError(
      "say whose requests: --requests FILE --candidate RELEASE_ID, --rollout ID, --incident ID, or --last N --application APP",
    );
  }
  if (rollout !== undefined) return { rollout };
  if (incident !== undefined) return { incident };
  if (last === undefined) return undefined;
  if (application === undefined) throw new UsageError("--application APP is needed: whose last rollouts are replayed");
  if (last > MOST_ROLLOUTS) throw new UsageError(`--last ${last}: at most ${MOST_ROLLOUTS} rollouts at a time`);
  return { application, last };
}

function fileInput(io: Io, { file, flags }: { file: string; flags: ReplayFlags }): Omit<FileReplay, "policies"> {
  const { requests = "-", candidate, control, tick = EVALUATION_STEP_MS, step, against } = flags;
  if (requests === "-" && (file === "-" || against === "-")) {
    throw new UsageError("the policy and the requests cannot both be -");
  }
  if (candidate === undefined) throw new UsageError("--candidate RELEASE_ID is needed: whose requests are judged");
  return {
    requests: new TextInput(io, requests),
    candidateId: candidate,
    tickMs: tick,
    ...(control === undefined ? {} : { controlId: control }),
    ...(step === undefined ? {} : { step }),
  };
}

/** What a file without a name of its own, as one that is not stored yet may be, goes by. */
const UNNAMED = PolicyName.parse("replay");

async function readPolicy(io: Io, file: string): Promise<Policy> {
  return readPolicyText(await readText(io, file), { fallbackName: UNNAMED }).policy;
}

const STORED_POLICY = /^([a-z0-9][a-z0-9._-]{0,62})(?:@([1-9]\d{0,8}))?$/;

/** A file where there is one of that name, else a stored policy. */
async function askedPolicy(io: Io, given: string): Promise<AskedPolicy> {
  const [, name, version] = STORED_POLICY.exec(given) ?? [];
  if (name !== undefined && !existsSync(given)) {
    return { label: given, name, ...(version === undefined ? {} : { version: Number(version) }) };
  }
  const text = await readText(io, given);
  const { policy } = readPolicyText(text, { fallbackName: UNNAMED });
  return { label: given, name: policy.name, text };
}

function parseTick(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1_000) throw new InvalidArgumentError(`Write ${DURATION_FORM}; at least 1s.`);
  return ms;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("Write a whole number, 1 or more.");
  return Number(text);
}
