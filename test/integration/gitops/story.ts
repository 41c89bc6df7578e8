/** A repository and an installation at the moments that tests begin with. */
import { findLiveRollout } from "@/server/store/control/rollouts";
import { ON_PRODUCTION } from "@/test/integration/control/fixtures";
import type { PutGitRepositoryInput } from "@/server/control/put-git-repository";
import { newInstallation, type Installation, type InstallationOptions } from "./installation";
import { manifest, newRemote, prompt, release, type Remote } from "./remote";

export const MANIFEST = "deployments/production/aliases.yaml";
const POLICY = `# how a candidate gets to production
name: careful
thresholds:
  p95_ttft_ms: { max: 850, window: 5m, min_requests: 100, action: rollback }
steps:
  - { canary: 10%, min_requests: 100 }
`;

export interface Story {
  remote: Remote;
  installation: Installation;
  /** The release that production served first. */
  good: string;
}

/** The first commit: release 1.9 is declared on production. */
export function firstCommit(): Remote {
  const remote = newRemote();
  remote.push({
    "prompts/support/answer@1.9.md": prompt("1.9", "Answer kindly."),
    "models/deploy-assistant/1.9.yaml": release("1.9"),
    "models/deploy-assistant/promotion-policy.yaml": POLICY,
    [MANIFEST]: manifest("deploy-assistant@1.9"),
  });
  return remote;
}

/** Production serves release 1.9 and git agrees. */
export async function started(options: StoryOptions = {}): Promise<Story> {
  const { settings = {}, remote = firstCommit(), address = remote.path, ...rest } = options;
  const installation = newInstallation({ ...rest, remote: address });
  installation.connect(settings);
  await installation.tick();
  await installation.apply();
  await installation.tick();
  return { remote, installation, good: installation.production() ?? "" };
}

export type StoryOptions = Partial<Omit<InstallationOptions, "remote">> & {
  settings?: Partial<PutGitRepositoryInput>;
  remote?: Remote;
  /** How the remote is reached, where not by its path. */
  address?: string;
};

/** Declares release 1.10 on production, as a merged pull request does. */
export function merge(remote: Remote): string {
  return remote.push(
    {
      "prompts/support/answer@1.10.md": prompt("1.10", "Answer briefly."),
      "models/deploy-assistant/1.10.yaml": release("1.10"),
      [MANIFEST]: manifest("deploy-assistant@1.10"),
    },
    { message: "Answer briefly", author: "Bo <bo@example.org>" },
  );
}

/** Release 1.10 was merged and rolled out, and a breach has just rolled it back; git does not know yet. */
export async function rolledBack(options: StoryOptions = {}): Promise<Story & { failed: string }> {
  const story = await started(options);
  merge(story.remote);
  await story.installation.apply();
  await story.installation.tick();
  const failed = findLiveRollout(story.installation.world.db, ON_PRODUCTION)?.candidateId ?? "";
  story.installation.decide("rollback");
  return { ...story, failed };
}

/** What a plan or an apply says of production. */
export function onProduction<T extends { alias: string }>({ aliases }: { aliases: readonly T[] }): T | undefined {
  return aliases.find(({ alias }) => alias === "production");
}
