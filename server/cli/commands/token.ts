/** `switchback token …`: API tokens, made on the data directory itself, so that an installation can be scripted. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { ControlContext } from "@/server/control/context";
import { createToken } from "@/server/control/create-token";
import { revokeToken } from "@/server/control/revoke-token";
import { openControlFile } from "@/server/control-file";
import { toRfc3339 } from "@/server/domain/time";
import { ROLES, TOKEN_SCOPES, type Role, type TokenScope } from "@/server/domain/vocabulary";
import { tokenList } from "@/server/read/tokens";
import type { Run, Session } from "@/server/cli/session";
import { table } from "@/server/cli/table";

/** Adds `token create`, `token list` and `token revoke`. */
export function addTokenCommands(program: Command, session: Session): void {
  const token = program.command("token").description("make, list and revoke API tokens; works on the data directory");
  token
    .command("create")
    .description("make a token and print it, this once")
    .requiredOption("--name <name>", "what it is for, e.g. gateway-eu")
    .option(
      "--scope <scopes...>",
      `what it may do: ${TOKEN_SCOPES.join(", ")}; several with commas or repeated`,
      addScopes,
    )
    .addOption(new Option("--role <role>", "or the role it acts under").choices(ROLES))
    .option("--expires <duration>", "how long it works, e.g. 90d; without it, until it is revoked")
    .action(session.action(create));
  token
    .command("list")
    .description("all tokens, newest first; never the tokens themselves")
    .action(session.action(list));
  token
    .command("revoke")
    .description("end a token: it works no longer from the next request on")
    .argument("<id>", "tok_…, see token list")
    .action(session.action(revoke));
}

interface CreateFlags {
  name: string;
  scope?: TokenScope[];
  role?: Role;
  expires?: string;
}

function create(run: Run, { flags: { name, scope, role, expires } }: { flags: CreateFlags }): void {
  const made = onDataDirectory(run, (context) =>
    createToken(context, {
      name,
      ...(scope === undefined ? {} : { scopes: scope }),
      ...(role === undefined ? {} : { role }),
      ...(expires === undefined ? {} : { expires }),
    }),
  );
  run.print({ id: made.id, token: made.token }, () => [
    made.token,
    `${made.id} ${made.name}: ${made.role ?? made.scopes.join(", ")}, ${expiryWords(made.expiresAt)}. It is not shown again.`,
  ]);
}

function list(run: Run): void {
  const tokens = onDataDirectory(run, ({ db, nowMs }) => tokenList({ control: db, nowMs }));
  const items = tokens.map((row) => ({
    ...row,
    createdAt: toRfc3339(row.createdAt),
    expiresAt: timeOrNull(row.expiresAt),
    lastUsedAt: timeOrNull(row.lastUsedAt),
    revokedAt: timeOrNull(row.revokedAt),
  }));
  run.print({ items }, () =>
    items.length === 0
      ? ["There is no token yet: switchback token create --name NAME --scope ingest"]
      : table(
          ["id", "name", "may", "state", "expires", "last used"],
          items.map((row) => [
            row.id,
            row.name,
            row.role ?? row.scopes.join(","),
            row.state,
            row.expiresAt ?? "never",
            row.lastUsedAt ?? "never",
          ]),
        ),
  );
}

function revoke(run: Run, { args: [tokenId] }: { args: readonly [string] }): void {
  const { id, revokedAt } = onDataDirectory(run, (context) => revokeToken(context, { tokenId }));
  const answer = { id, revokedAt: toRfc3339(revokedAt) };
  run.print(answer, () => [`${answer.id} is revoked since ${answer.revokedAt}`]);
}

/** Whoever may write the data directory may do everything that is in it. */
function onDataDirectory<T>({ io, dataDir }: Run, work: (context: ControlContext) => T): T {
  const db = openControlFile(dataDir);
  try {
    const actor = { kind: "system", id: "command-line", name: "command line", role: null, scopes: [] } as const;
    return work({ db, nowMs: io.nowMs(), actor });
  } finally {
    db.$client.close();
  }
}

function addScopes(text: string, before: readonly TokenScope[] | undefined): TokenScope[] {
  const scopes = text.split(",").map((word) => {
    const scope = TOKEN_SCOPES.find((known) => known === word.trim());
    if (scope === undefined) throw new InvalidArgumentError(`The scopes are ${TOKEN_SCOPES.join(", ")}.`);
    return scope;
  });
  return [...(before ?? []), ...scopes];
}

function expiryWords(expiresAtMs: number | null): string {
  return expiresAtMs === null ? "until it is revoked" : `until ${toRfc3339(expiresAtMs)}`;
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : toRfc3339(ms);
}
