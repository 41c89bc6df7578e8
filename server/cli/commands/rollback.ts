/** `switchback rollback`: back to a release that was good, now. */
import type { Command } from "commander";
import type { RollbackOutput } from "@/server/control/rollback";
import type { Run, Session } from "@/server/cli/session";

/** Adds `rollback`. */
export function addRollbackCommand(program: Command, session: Session): void {
  program
    .command("rollback")
    .description("take an alias back to the last known good release, now")
    .argument("<application>", "application")
    .requiredOption("--reason <text>", "why, for the audit log")
    .option("--alias <alias>", "alias to take back", "production")
    .option("--to <release>", "another release than the last known good")
    .option("--incident <id>", "incident it belongs to; without it one is found or opened")
    .action(session.action(rollback));
}

interface RollbackFlags {
  reason: string;
  alias: string;
  to?: string;
  incident?: string;
}

async function rollback(
  { server, print }: Run,
  { args: [application], flags }: { args: readonly [string]; flags: RollbackFlags },
): Promise<void> {
  const { reason, alias, to, incident } = flags;
  const done = await server.call<RollbackOutput>({
    method: "POST",
    path: `/api/v1/applications/${encodeURIComponent(application)}/rollback`,
    body: { reason, alias, toReleaseId: to, incidentId: incident },
  });
  print(done, () => [
    `${application} ${alias}: ${done.fromReleaseId} → ${done.toReleaseId}, incident ${done.incidentId}, audit entry ${done.auditId}`,
  ]);
}
