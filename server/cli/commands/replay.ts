/** `switchback replay`: what a policy would have decided on requests that have been. A file of them needs no server. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { UsageError } from "@/server/cli/exit-code";
import type { Io } from "@/server/cli/io";
import { readChunks, readMap } from "@/server/cli/read-input";
import { loadReplay, type ReplayInput } from "@/server/cli/replay/load-replay";
import { findRollout, rolloutRequests } from "@/server/cli/replay/rollout-requests";
import { runReplay } from "@/server/cli/replay/run-replay";
import type { Run, Session } from "@/server/cli/session";
import type { ReplayTick } from "@/server/controller/replay-ticks";
import { EVALUATION_STEP_MS } from "@/server/controller/rule-windows";
import { PolicyName } from "@/server/domain/ids";
import { DURATION_FORM, formatDuration, parseDuration } from "@/server/domain/policy/duration";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { exposureOf, stepsOf } from "@/server/domain/rollout/steps";
import { toRfc3339 } from "@/server/domain/time";

/** Adds `replay`. */
export function addReplayCommand(program: Command, session: Session): void {
  program
    .command("replay")
    .description("evaluate a policy on requests that have been, at every tick of their own time")
    .argument("<policy>", "policy file, YAML or JSON")
    .option("--requests <file>", "Request records, one JSON object a line, ordered by time; - for standard input")
    .option("--rollout <id>", "or the stored requests of a rollout's releases, from the server")
    .option("--candidate <release>", "release id of the candidate; the rollout's, for a rollout")
    .option("--control <release>", "release id of the control; without it, the busiest one on the control track")
    .addOption(
      new Option("--tick <duration>", "time between evaluations")
        .argParser(parseTick)
        .default(EVALUATION_STEP_MS, formatDuration(EVALUATION_STEP_MS)),
    )
    .option("--step <number>", "the policy's step whose share of traffic counts, 1 for the first", parseStep)
    .action(session.action(replay));
}

interface ReplayFlags {
  requests?: string;
  rollout?: string;
  candidate?: string;
  control?: string;
  tick: number;
  step?: number;
}

/** The last line of the answer. */
interface Summary {
  final: string | null;
  firstRollbackAt: string | null;
  firstPauseAt: string | null;
  evaluations: number;
  requests: number;
}

async function replay(
  run: Run,
  { args: [file], flags }: { args: readonly [string]; flags: ReplayFlags },
): Promise<void> {
  const { io, json, print } = run;
  if (file === "-" && flags.requests === "-") throw new UsageError("the policy and the requests cannot both be -");
  const policy = await readPolicy(io, file);
  const loaded = await loadReplay({
    policy,
    ...(await sourceOf(run, flags)),
    ...(flags.step === undefined ? {} : { share: shareOf(policy, flags.step) }),
  });
  for (const remark of loaded.remarks) io.err(`switchback: ${remark}\n`);
  const { candidateId, controlId, candidateTrack } = loaded.situation.comparison;
  if (!json) io.out(`${candidateId} (${candidateTrack}) against ${controlId ?? "no control"}\n`);
  const { final, firstRollbackMs, firstPauseMs, evaluations } = runReplay(loaded, {
    tickMs: flags.tick,
    onChange: (change) => {
      const { atMs, decision, violations } = change;
      print({ time: toRfc3339(atMs), decision, violations }, () => describeChange(change));
    },
  });
  const summary: Summary = {
    final,
    firstRollbackAt: timeOrNull(firstRollbackMs),
    firstPauseAt: timeOrNull(firstPauseMs),
    evaluations,
    requests: loaded.requests,
  };
  print(summary, () => describeSummary(summary));
}

/** Where the requests come from, and whose they are. */
async function sourceOf(
  { io, server }: Run,
  { requests, rollout: id, candidate, control }: ReplayFlags,
): Promise<Pick<ReplayInput, "chunks" | "candidateId" | "controlId">> {
  if ((requests === undefined) === (id === undefined)) {
    throw new UsageError("say whose requests: --requests FILE --candidate RELEASE_ID, or --rollout ID");
  }
  const named = control === undefined ? {} : { controlId: control };
  if (id !== undefined) {
    const rollout = await findRollout(server, id);
    const own = rollout.control === null ? {} : { controlId: rollout.control.releaseId };
    const candidateId = candidate ?? rollout.candidate.releaseId;
    return { chunks: rolloutRequests(server, rollout), candidateId, ...own, ...named };
  }
  if (candidate === undefined) throw new UsageError("--candidate RELEASE_ID is needed: whose requests are judged");
  return { chunks: readChunks(io, requests ?? "-"), candidateId: candidate, ...named };
}

/** A file that leaves its name out, as one that is not stored yet may, goes by the name of the command. */
async function readPolicy(io: Io, file: string): Promise<Policy> {
  const document = await readMap(io, file, "a policy, e.g. {thresholds: {error_rate: {max: 0.02, action: rollback}}}");
  return parsePolicy(document, document["name"] === undefined ? PolicyName.parse("replay") : undefined);
}

function shareOf(policy: Policy, step: number): number {
  const count = stepsOf(policy).length;
  if (step > count) throw new UsageError(`--step ${step}: the policy has ${count} step${count === 1 ? "" : "s"}`);
  return exposureOf(policy, { state: "canary", pausedFrom: null, stepIndex: step - 1 }).percentage / 100;
}

function parseTick(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1_000) throw new InvalidArgumentError(`Write ${DURATION_FORM}; at least 1s.`);
  return ms;
}

function parseStep(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("Write a whole number, 1 for the first step.");
  return Number(text);
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : toRfc3339(ms);
}

function describeChange({ atMs, decision, violations }: ReplayTick): string[] {
  const reasons = violations.map(({ message }) => message);
  const [first = "", ...more] = reasons;
  const indent = " ".repeat(toRfc3339(atMs).length + 20);
  return [`${toRfc3339(atMs)}  ${decision.padEnd(16)}  ${first}`.trimEnd(), ...more.map((reason) => indent + reason)];
}

function describeSummary({ final, firstRollbackAt, firstPauseAt, evaluations, requests }: Summary): string[] {
  return [
    `${final ?? "no decision"} at the end, after ${evaluations} evaluations of ${requests} requests`,
    `first rollback  ${firstRollbackAt ?? "never"}`,
    `first pause     ${firstPauseAt ?? "never"}`,
  ];
}
