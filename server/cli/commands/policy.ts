/** `switchback policy …`: read, check, put and answer policies. */
import type { Command } from "commander";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import { readText } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { table } from "@/server/cli/table";
import { readPolicyText } from "@/server/control/policy-text";
import type { AnswerPolicyOutput } from "@/server/control/policy-answer";
import type { PutPolicyOutput } from "@/server/control/put-policy";
import { PolicyName } from "@/server/domain/ids";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import type { PolicyListView, PolicyView } from "@/server/read/policy-view";
import type { z } from "zod";

/** As the server sends them: times are text. */
type Listed = z.output<typeof PolicyListView>;
type Shown = z.output<typeof PolicyView>;

/** Adds the policy commands. */
export function addPolicyCommands(program: Command, session: Session): void {
  const policy = program.command("policy").description("read, check, put and answer policies");
  policy
    .command("list")
    .description("every policy with its version in force")
    .action(session.action<readonly [], object>((run) => list(run)));
  policy
    .command("show")
    .description("what a version says in plain language, what became of it, and its text")
    .argument("<name>", "NAME for the version in force, or NAME@VERSION")
    .action(session.action(show));
  policy
    .command("check")
    .description("read a file back in plain language, or name every error by line; needs no server")
    .argument("<file>", "policy file, YAML or JSON; - for standard input")
    .action(session.action(check));
  policy
    .command("put")
    .description("put a file: in force at once, or pending when it loosens a rollback rule")
    .argument("<file>", "policy file, YAML or JSON; - for standard input")
    .option("--name <name>", "the policy's name; the file's own otherwise")
    .option("--reason <text>", "why, for the audit log and for who approves")
    .action(session.action(put));
  for (const [verb, description] of Object.entries(ANSWERS)) {
    policy
      .command(verb)
      .description(description)
      .argument("<name@version>", "the pending version")
      .requiredOption("--reason <text>", "why, for the audit log")
      .action(session.action<readonly [string], { reason: string }>((run, given) => answer(run, { ...given, verb })));
  }
}

const ANSWERS = {
  approve: "put a pending version in force; never by who put it",
  reject: "end the wait of a pending version; its author may take it back so",
} as const;

async function list({ server, print }: Run): Promise<void> {
  const { items } = await server.call<Listed>({ path: "/api/v1/policies" });
  print({ items }, () =>
    table(
      ["name", "version", "rollback rules", "live rollouts", "pending"],
      items.map(({ name, version, rules, liveRollouts, pendingVersion }) => [
        name,
        String(version),
        String(rules.rollback),
        String(liveRollouts),
        pendingVersion === null ? "" : `version ${pendingVersion}`,
      ]),
    ),
  );
}

async function show({ server, print }: Run, { args: [given] }: { args: readonly [string] }): Promise<void> {
  const [name = "", version] = given.split("@");
  const path = `/api/v1/policies/${encodeURIComponent(name)}`;
  const policy = await server.call<Shown>({ path, query: { version } });
  print(policy, () => [
    `${policy.name} version ${policy.version}, ${policy.state.replaceAll("_", " ")}, by ${policy.createdBy}`,
    ...policy.sentences,
    ...pendingLines(policy),
    "",
    policy.text.trimEnd(),
  ]);
}

function pendingLines({ name, proposal }: Shown): string[] {
  if (proposal === null) return [];
  return [
    `Version ${proposal.version}, put by ${proposal.by.label}, waits for an approval. ${proposal.viewer.reason}`,
    ...proposal.loosens.map(({ sentence }) => `  loosened: ${sentence}`),
    `  switchback policy approve ${name}@${proposal.version} --reason TEXT`,
  ];
}

async function check({ io, print }: Run, { args: [file] }: { args: readonly [string] }): Promise<void> {
  const text = await readText(io, file);
  const { policy } = readPolicyText(text, { fallbackName: PolicyName.parse("unnamed") });
  const sentences = describePolicy(policy);
  print({ name: policy.name, sentences }, () => sentences);
}

async function put(
  { io, server, print }: Run,
  { args: [file], flags }: { args: readonly [string]; flags: { name?: string; reason?: string } },
): Promise<ExitCode> {
  const document = await readText(io, file);
  const name = flags.name ?? nameIn(document);
  const path = `/api/v1/policies/${encodeURIComponent(name)}`;
  const query = { reason: flags.reason };
  const outcome = await server.call<PutPolicyOutput>({ method: "PUT", path, query, body: document });
  print(outcome, () => [outcome.message, ...outcome.loosens.map(({ sentence }) => `  loosened: ${sentence}`)]);
  return outcome.state === "pending" ? EXIT.refused : EXIT.done;
}

/** @throws DomainError for a file that is not valid; UsageError for one without a name. */
function nameIn(text: string): string {
  const fallbackName = PolicyName.parse("unnamed");
  const { document, policy } = readPolicyText(text, { fallbackName });
  if (document["name"] === undefined) throw new UsageError("the file has no name: give it one, or say --name");
  return policy.name;
}

async function answer(
  { server, print }: Run,
  { verb, args: [given], flags }: { verb: string; args: readonly [string]; flags: { reason: string } },
): Promise<void> {
  const [name = "", version] = given.split("@");
  if (version === undefined) throw new UsageError(`say which version: ${name}@VERSION`);
  const path = `/api/v1/policies/${encodeURIComponent(name)}/${verb}`;
  const body = { version: Number(version), reason: flags.reason };
  const outcome = await server.call<AnswerPolicyOutput>({ method: "POST", path, body });
  print(outcome, () => [
    outcome.state === "in_force"
      ? `version ${outcome.version} of ${outcome.name} is in force`
      : `version ${outcome.version} of ${outcome.name} was rejected; version ${outcome.inForceVersion} stays in force`,
  ]);
}
