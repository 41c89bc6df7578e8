/** `switchback rollout …` and `switchback rollback`: start, follow and answer rollouts; go back. */
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { call } from "@/server/cli/client";
import { clientSettings, globalOptions, print, type GlobalOptions } from "@/server/cli/output";

interface RolloutAnswer {
  id: string;
  state: string;
  decision: string;
  sentence?: string;
}

interface RollbackAnswer {
  fromReleaseId: string;
  toReleaseId: string;
  incidentId: string;
}

/** States after which a rollout does not change. */
const ENDED = new Set(["promoted", "rolled_back", "rejected", "aborted"]);

/** Adds the rollout commands and `rollback`. */
export function addRolloutCommands(program: Command): void {
  const rollout = program.command("rollout").description("start, follow and answer rollouts");
  rollout
    .command("start")
    .description("start a candidate's way to an alias under a policy")
    .requiredOption("--application <app>", "application")
    .requiredOption("--candidate <release>", "release id")
    .option("--alias <alias>", "alias the candidate is for", "production")
    .option("--policy <name>", "policy; its newest version is pinned")
    .action(
      async (flags: { application: string; candidate: string; alias: string; policy?: string }, command: Command) => {
        const options = globalOptions(command);
        const { application, candidate, alias, policy } = flags;
        const body = { application, candidate, alias, ...(policy === undefined ? {} : { policy }) };
        const answer = await call<RolloutAnswer>(clientSettings(options), {
          method: "POST",
          path: "/api/v1/rollouts",
          body,
        });
        print(options, answer, () => [`${answer.id} ${answer.state}`]);
      },
    );
  rollout
    .command("status <id>")
    .description("state, decision and reasons")
    .action(async (id: string, _flags: unknown, command: Command) => {
      const options = globalOptions(command);
      const answer = await getRollout(options, id);
      print(options, answer, () => describe(answer));
    });
  rollout
    .command("watch <id>")
    .description("print every change until the rollout ends; exit 0 when promoted, 1 otherwise")
    .action(async (id: string, _flags: unknown, command: Command) => {
      const options = globalOptions(command);
      process.exitCode = (await watch(options, id)) === "promoted" ? 0 : 1;
    });
  for (const verb of ["pause", "resume", "approve", "reject", "abort"] as const) {
    rollout
      .command(`${verb} <id>`)
      .description(`${verb} the rollout`)
      .requiredOption("--reason <text>", "why, for the audit log")
      .action(async (id: string, flags: { reason: string }, command: Command) => {
        const options = globalOptions(command);
        const answer = await call<RolloutAnswer>(clientSettings(options), {
          method: "POST",
          path: `/api/v1/rollouts/${encodeURIComponent(id)}/${verb}`,
          body: { reason: flags.reason },
        });
        print(options, answer, () => describe(answer));
      });
  }
  addRollback(program);
}

function addRollback(program: Command): void {
  program
    .command("rollback <application>")
    .description("take an alias back to the last known good release, now")
    .requiredOption("--reason <text>", "why, for the audit log")
    .option("--alias <alias>", "alias to take back", "production")
    .option("--to <release>", "another release than the last known good")
    .action(async (application: string, flags: { reason: string; alias: string; to?: string }, command: Command) => {
      const options = globalOptions(command);
      const body = {
        reason: flags.reason,
        alias: flags.alias,
        ...(flags.to === undefined ? {} : { toReleaseId: flags.to }),
      };
      const answer = await call<RollbackAnswer>(clientSettings(options), {
        method: "POST",
        path: `/api/v1/applications/${encodeURIComponent(application)}/rollback`,
        body,
      });
      print(options, answer, () => [
        `${application} ${flags.alias}: ${answer.fromReleaseId} → ${answer.toReleaseId}, incident ${answer.incidentId}`,
      ]);
    });
}

function getRollout(options: GlobalOptions, id: string): Promise<RolloutAnswer> {
  return call<RolloutAnswer>(clientSettings(options), { path: `/api/v1/rollouts/${encodeURIComponent(id)}` });
}

function describe(answer: RolloutAnswer): string[] {
  return [
    `${answer.id} ${answer.state}, decision ${answer.decision}`,
    ...(answer.sentence === undefined ? [] : [answer.sentence]),
  ];
}

/** Polls every two seconds, prints changes, and returns the state the rollout ended in. */
async function watch(options: GlobalOptions, id: string): Promise<string> {
  let last = "";
  for (;;) {
    const answer = await getRollout(options, id);
    const line = describe(answer).join(": ");
    if (line !== last) print(options, answer, () => [line]);
    last = line;
    if (ENDED.has(answer.state)) return answer.state;
    await delay(2_000);
  }
}
