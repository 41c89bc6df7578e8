/** From a commit to what it declares for one application. What is wrong in it are findings; git's failures are thrown. */
import type { DesiredState } from "@/server/domain/gitops/desired-state";
import { fillPath, type GitRepository } from "@/server/domain/gitops/repository";
import { readFiles } from "./commit-files";
import { readAliases } from "./read-aliases";
import type { CommitReader } from "./read-commit";
import { readFeatures } from "./read-features";
import { readPrompts } from "./read-prompts";
import { declareReleases, readPolicy, readReleaseFiles } from "./read-releases";

/** What of an application's settings decides what is read. */
export type Layout = Pick<GitRepository, "application" | "environments" | "paths">;

export async function readDesired(
  reader: CommitReader,
  { commit, layout }: { commit: string; layout: Layout },
): Promise<DesiredState> {
  const { application, environments, paths } = layout;
  const folder = fillPath(paths.models, { application });
  const manifests = environments.map((environment) => fillPath(paths.aliases, { application, environment }));
  const files = await readFiles(reader, commit, [paths.prompts, paths.features, folder, ...manifests]);
  const { prompts, suites, findings: inPrompts } = readPrompts(files, paths.prompts);
  const { features, findings: inFeatures } = readFeatures(files, paths.features);
  const { read, findings: inReleases } = readReleaseFiles(files, folder);
  const named = await readFiles(
    reader,
    commit,
    read.flatMap(({ file }) => Object.values(file.files ?? {})),
  );
  const content = {
    prompts,
    features,
    keepsPrompts: prompts.length + suites.length > 0,
    keepsFeatures: features.size > 0,
    digestOf: named.digest,
  };
  const { releases, findings: inComponents } = declareReleases(read, { application, content });
  const others = await otherApplications(reader, commit, layout);
  const { aliases, findings: inAliases } = readAliases(files, { layout, releases, others });
  const { policy, findings: inPolicy } = readPolicy(files, { folder, application });
  return {
    application,
    commit,
    releases,
    aliases,
    policy,
    prompts: prompts.map(({ reference, path, digest, textDigest }) => ({ reference, path, digest, textDigest })),
    findings: [
      files.findings,
      named.findings,
      inPrompts,
      inFeatures,
      inReleases,
      inComponents,
      inAliases,
      inPolicy,
    ].flat(),
  };
}

/** Which commit and author brought each declared release. */
export type Origins = Readonly<Record<string, { readonly commit: string; readonly author: string }>>;

/** By release reference: the newest commit that changed one of the files the release is made of. */
export async function readOrigins(
  reader: CommitReader,
  { commit, releases }: DesiredState,
  releaseIds: readonly string[],
): Promise<Origins> {
  const origins: Record<string, { commit: string; author: string }> = {};
  for (const { reference, releaseId, sources } of releases) {
    if (!releaseIds.includes(releaseId)) continue;
    const facts = await reader.describe(commit, sources);
    if (facts !== undefined) origins[reference] = { commit: facts.commit, author: facts.author };
  }
  return origins;
}

/** Applications with a folder of their own beside this one's, where the layout has one per application. */
async function otherApplications(
  reader: CommitReader,
  commit: string,
  { application, paths }: Layout,
): Promise<ReadonlySet<string>> {
  const at = paths.models.indexOf("{application}");
  if (at === -1) return new Set();
  const names = await reader.listFolders(commit, paths.models.slice(0, at).replace(/\/$/, ""));
  return new Set(names.filter((name) => name !== application));
}
