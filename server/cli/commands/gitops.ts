/**
 * `switchback gitops …`: what a commit would change, applying it after its merge, and bringing git to what runs. Ends with
 * 0 when it is done, 1 when it is refused, 2 when that could not be told or is not over.
 */
import type { Command } from "commander";
import type { ApplyPlanOutput } from "@/server/control/apply-plan";
import type { ReconcileGitOutput } from "@/server/control/reconcile-git";
import type { ReleaseQuarantineOutput } from "@/server/control/release-quarantine";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import { secondsWords } from "@/server/cli/progress";
import { parseSeconds } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { processEnvironment } from "@/server/config";
import { hasErrors, type Plan } from "@/server/domain/gitops/plan";
import { renderPlan } from "@/server/domain/gitops/render-plan";
import { GitRepository } from "@/server/domain/gitops/repository";
import { readCheckout } from "@/server/integrations/git/checkout";

/** Adds the commands. */
export function addGitopsCommands(program: Command, session: Session): void {
  const gitops = program.command("gitops").description("git as the desired state: plan, apply, reconcile");
  gitops
    .command("plan")
    .description("what a checked-out commit would change: exit 0 possible, 1 refused, 2 could not tell")
    .requiredOption("--application <app>", "application")
    .option("--repository <directory>", "a checkout of the repository", ".")
    .option("--commit <revision>", "commit or branch to plan", "HEAD")
    .option("--register", "register the new releases, so that results can be handed in before the merge")
    .option("--remote", "let the server read the commit from its remote; without --commit, the tracked branch")
    .action(session.action(plan));
  gitops
    .command("apply")
    .description("apply the tracked branch: exit 0 applied, 1 refused, 2 an alias waits for another rollout")
    .requiredOption("--application <app>", "application")
    .option("--commit <sha>", "a commit that must be in the branch, e.g. the one this pipeline runs for")
    .action(session.action(apply));
  gitops
    .command("status")
    .alias("drift")
    .description("git against what runs: exit 0 in sync, 1 they differ, 2 git does not answer")
    .requiredOption("--application <app>", "application")
    .action(session.action(status));
  gitops
    .command("reconcile")
    .description("commit what runs to git, also where nobody had to roll back: exit 0 written or proposed")
    .requiredOption("--application <app>", "application")
    .requiredOption("--reason <text>", "why, for the commit and the audit log")
    .option("--alias <alias>", "alias that git is to follow", "production")
    .option("--wait <seconds>", "how long to wait for the commit", parseSeconds, 60)
    .action(session.action(reconcile));
  gitops
    .command("clear-quarantine")
    .description("let a release that was taken out come back to an alias")
    .argument("<release>", "release id")
    .requiredOption("--application <app>", "application")
    .requiredOption("--reason <text>", "why it is good after all")
    .option("--alias <alias>", "alias that it may come back to", "production")
    .action(session.action(clearQuarantine));
}

function gitPath(application: string, rest = ""): string {
  return `/api/v1/applications/${encodeURIComponent(application)}/git${rest}`;
}

interface PlanFlags {
  application: string;
  repository: string;
  commit: string;
  remote?: true;
  register?: true;
}

async function plan(run: Run, { flags }: { flags: PlanFlags }): Promise<ExitCode> {
  const { application, commit, remote, register } = flags;
  if (remote === true && register === true) throw new UsageError("--register needs a checkout: leave --remote out");
  const local = remote === true ? undefined : await readLocal(run, flags);
  const body = local === undefined ? { commit: commit === "HEAD" ? undefined : commit } : { desired: local.desired };
  const answer = await run.progress.during(
    remote === true ? "the server reads the commit and plans" : "the server plans",
    run.server.call<Plan>({ method: "POST", path: gitPath(application, "/plan"), body }),
  );
  if (register === true && local !== undefined && !hasErrors(answer)) await registerReleases(run, { answer, local });
  run.print(answer, () => renderPlan(answer));
  return answer.verdict === "refused" ? EXIT.refused : EXIT.done;
}

type Checkout = Awaited<ReturnType<typeof readCheckout>>;

/** The layout is the server's; an application without a repository is read by the default one. */
async function readLocal({ server, progress }: Run, { application, repository, commit }: PlanFlags): Promise<Checkout> {
  const { repository: settings } = await server.call<GitStatus>({ path: gitPath(application) });
  const layout = GitRepository.safeParse(settings ?? { application, remote: "/" });
  if (!layout.success) throw new UsageError(`${application} is not the name of an application`);
  return progress.during(
    `reading ${commit}`,
    readCheckout({ directory: repository, commit, layout: layout.data, environment: processEnvironment() }),
  );
}

async function registerReleases(
  { server, progress }: Run,
  { answer, local }: { answer: Plan; local: Checkout },
): Promise<void> {
  const { desired, originsOf } = local;
  const isNew = new Set(answer.releases.map(({ releaseId }) => releaseId));
  const origins = await originsOf([...isNew]);
  const releases = desired.releases.filter(({ releaseId }) => isNew.has(releaseId));
  for (const [index, release] of releases.entries()) {
    progress.say("registering", `release ${index + 1} of ${releases.length}`);
    const { reference, components, digests, fingerprints, labels } = release;
    const origin = origins[reference];
    await server.call({
      method: "POST",
      path: "/api/v1/releases",
      body: {
        application: answer.application,
        components,
        digests,
        fingerprints,
        labels,
        gitCommit: origin?.commit,
        author: origin?.author,
      },
    });
  }
}

async function apply(
  { server, print, progress }: Run,
  { flags }: { flags: { application: string; commit?: string } },
): Promise<ExitCode> {
  const { application, commit } = flags;
  const answer = await progress.during(
    "the server reads the branch and applies it",
    server.call<ApplyPlanOutput>({ method: "POST", path: gitPath(application, "/apply"), body: { commit } }),
  );
  print(answer, () => describeApply(answer));
  return { applied: EXIT.done, refused: EXIT.refused, waiting: EXIT.unknown }[answer.verdict];
}

function describeApply(answer: ApplyPlanOutput): string[] {
  if (hasErrors(answer.plan)) return [...renderPlan(answer.plan), "Nothing was applied."];
  const { commit, registered, policy, aliases, plan: planned } = answer;
  return [
    `Applied ${commit.slice(0, 10)}`,
    ...registered.map((releaseId) => `  + release ${releaseId}`),
    ...(policy === null || planned.policy === null ? [] : [`  ~ policy ${policy.name}@${policy.version}`]),
    ...aliases.map(({ alias, outcome, message }) => `  ${alias}: ${outcome.replace("_", " ")}: ${message}`),
  ];
}

/** The part of the drift answer that the command line reads. */
interface GitStatus {
  sentence: string;
  repository: unknown;
  git: { state: string; error: string | null } | null;
  aliases: { alias: string; state: string; sentence: string }[];
  undelivered: { error: string | null } | null;
  writeBacks: { auditSeq: number; status: string; message: string; url: string | null; commit: string | null }[];
}

async function status(
  { server, print }: Run,
  { flags: { application } }: { flags: { application: string } },
): Promise<ExitCode> {
  const answer = await server.call<GitStatus>({ path: gitPath(application) });
  const { git, aliases } = answer;
  print(answer, () => [
    answer.sentence,
    ...aliases.map(({ alias, state, sentence }) => `  ${alias}: ${state}: ${sentence}`),
  ]);
  if (git?.state !== "reached") return EXIT.unknown;
  return aliases.every(({ state }) => state === "in_sync") ? EXIT.done : EXIT.refused;
}

interface ReconcileFlags {
  application: string;
  reason: string;
  alias: string;
  wait: number;
}

/** Looks again so often while the controller writes. */
const POLL_MS = 1_000;

async function reconcile(run: Run, { flags }: { flags: ReconcileFlags }): Promise<ExitCode> {
  const { server, io, print, progress } = run;
  const { application, reason, alias, wait } = flags;
  const asked = await server.call<ReconcileGitOutput>({
    method: "POST",
    path: gitPath(application, "/reconcile"),
    body: { alias, reason },
  });
  const startedMs = io.nowMs();
  for (;;) {
    const { writeBacks, undelivered } = await server.call<GitStatus>({ path: gitPath(application) });
    const written = writeBacks.find(({ auditSeq }) => auditSeq === asked.auditId);
    if (written !== undefined) {
      print({ ...asked, writeBack: written }, () => [`${alias}: ${written.status}: ${written.message}`]);
      return ["committed", "proposed", "agreed"].includes(written.status) ? EXIT.done : EXIT.refused;
    }
    const waitedMs = io.nowMs() - startedMs;
    if (waitedMs >= wait * 1_000) {
      const why = undelivered?.error ?? "the controller has not come to it";
      print({ ...asked, writeBack: null }, () => [`${alias}: not written yet: ${why}. It is tried again until it is`]);
      return EXIT.unknown;
    }
    progress.say("waiting for the commit", secondsWords(waitedMs, wait));
    await io.pause(POLL_MS);
  }
}

async function clearQuarantine(
  { server, print }: Run,
  {
    args: [releaseId],
    flags,
  }: { args: readonly [string]; flags: { application: string; reason: string; alias: string } },
): Promise<void> {
  const { application, alias, reason } = flags;
  const answer = await server.call<ReleaseQuarantineOutput>({
    method: "POST",
    path: gitPath(application, "/quarantine/clear"),
    body: { alias, releaseId, reason },
  });
  print(answer, () => [`${releaseId} may come back to ${alias}; audit entry ${answer.auditId}`]);
}
