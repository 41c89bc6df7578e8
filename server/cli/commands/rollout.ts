/** `switchback rollout …`: start, follow and answer rollouts. */
import type { Command } from "commander";
import type { z } from "zod";
import { EXIT, type ExitCode } from "@/server/cli/exit-code";
import { secondsWords } from "@/server/cli/progress";
import type { Run, Session } from "@/server/cli/session";
import type { ForecastView } from "@/server/read/forecast-view";
import type { RolloutView } from "@/server/read/rollout-view";

/** As the server sends it: times are text. */
type Rollout = z.output<typeof RolloutView>;
type Forecast = z.output<typeof ForecastView>;

/** How often `watch` looks. */
const WATCH_EVERY_MS = 2_000;

const ANSWERS = {
  pause: "stop advancing; the candidate keeps its share and is watched",
  resume: "lift a pause",
  approve: "let a paused rollout go on; never by its author or starter",
  extend: "not yet: the paused step runs on with its clock started anew, and approvals so far are void",
  reject: "refuse a paused rollout for good",
  abort: "end the rollout; the alias stays where it is",
} as const;

/** Adds the rollout commands. */
export function addRolloutCommands(program: Command, session: Session): void {
  const rollout = program.command("rollout").description("start, follow and answer rollouts");
  rollout
    .command("start")
    .description("start a candidate's way to an alias under a policy")
    .requiredOption("--application <app>", "application")
    .requiredOption("--candidate <release>", "release id")
    .option("--alias <alias>", "alias the candidate is for", "production")
    .option("--policy <name>", "policy, or policy@version; its newest version otherwise")
    .option("--reason <text>", "why, for the audit log")
    .option("--dry-run", "start nothing: tell what the policy says and what it is likely to find by when", false)
    .action(session.action(start));
  rollout
    .command("status")
    .description("state, decision, what is broken and what is waited for")
    .argument("<id>", "rol_…")
    .action(session.action(status));
  rollout
    .command("watch")
    .description("print every change until the rollout ends; exit 0 when promoted, 1 otherwise")
    .argument("<id>", "rol_…")
    .action(session.action(watch));
  for (const [verb, description] of Object.entries(ANSWERS)) {
    const command = rollout
      .command(verb)
      .description(description)
      .argument("<id>", "rol_…")
      .requiredOption("--reason <text>", "why, for the audit log");
    if (verb === "approve") {
      command.option("--evidence <hash>", "what you saw, from status: refused when other limits broke since");
    }
    command.action(session.action<readonly [string], AnswerFlags>((run, given) => answer(run, { ...given, verb })));
  }
}

interface StartFlags {
  application: string;
  candidate: string;
  alias: string;
  policy?: string;
  reason?: string;
  dryRun: boolean;
}

async function start(run: Run, { flags: { dryRun, ...flags } }: { flags: StartFlags }): Promise<void> {
  const { server, print } = run;
  if (dryRun) return preview(run, flags);
  const rollout = await server.call<Rollout>({ method: "POST", path: "/api/v1/rollouts", body: flags });
  print(rollout, () => describe(rollout));
}

/** What a rollout would be judged by, and what its rules are likely to find by when. */
async function preview({ server, print }: Run, flags: Omit<StartFlags, "dryRun">): Promise<void> {
  const { application, alias, policy } = flags;
  const forecast = await server.call<Forecast>({ path: "/api/v1/forecast", query: { application, alias, policy } });
  print(forecast, () => [
    `nothing was started; under ${forecast.policy.name} ${application} ${alias} would be judged so:`,
    forecast.sentence,
    ...forecast.rules.map(({ sentence }) => sentence),
  ]);
}

async function status(run: Run, { args: [id] }: { args: readonly [string] }): Promise<void> {
  const rollout = await get(run, id);
  run.print(rollout, () => describe(rollout));
}

interface AnswerFlags {
  reason: string;
  evidence?: string;
}

async function answer(
  { server, print }: Run,
  { verb, args: [id], flags }: { verb: string; args: readonly [string]; flags: AnswerFlags },
): Promise<void> {
  const rollout = await server.call<Rollout>({
    method: "POST",
    path: `/api/v1/rollouts/${encodeURIComponent(id)}/${verb}`,
    body: { reason: flags.reason, evidenceHash: flags.evidence },
  });
  print(rollout, () => describe(rollout));
}

/** Prints the rollout whenever its state, decision or sentence changes, until it ends. */
async function watch(run: Run, { args: [id] }: { args: readonly [string] }): Promise<ExitCode> {
  let shown = "";
  let changedMs = run.io.nowMs();
  for (;;) {
    const rollout = await get(run, id);
    const line = `${rollout.state}, ${rollout.decision}: ${rollout.sentence}`;
    if (line !== shown) {
      run.print(rollout, () => [`${rollout.freshness.asOf} ${line}`]);
      changedMs = run.io.nowMs();
      shown = line;
    }
    if (rollout.endedAt !== null) return rollout.state === "promoted" ? EXIT.done : EXIT.refused;
    run.progress.say("watching", `no change for ${secondsWords(run.io.nowMs() - changedMs)}`);
    await run.io.pause(WATCH_EVERY_MS);
  }
}

function get({ server }: Run, id: string): Promise<Rollout> {
  return server.call<Rollout>({ path: `/api/v1/rollouts/${encodeURIComponent(id)}` });
}

function describe(rollout: Rollout): string[] {
  const { id, state, decision, sentence, step, violations, waitingFor, approval } = rollout;
  const where = rollout.endedAt === null && step.index >= 0 ? `, step ${step.index + 1} of ${step.count}` : "";
  return [
    `${id} ${state}${where}, decision ${decision}`,
    sentence,
    ...violations.map(({ action, message }) => `broken: ${message} (${action})`),
    ...waitingFor.map(({ text }) => `waiting for ${text}`),
    ...(approval === null
      ? []
      : [
          `${approval.given} of ${approval.required} approvals. ${approval.eligibility}`,
          `  switchback rollout approve ${id} --evidence ${approval.evidenceHash} --reason TEXT`,
        ]),
  ];
}
