/** Prompts of an application for people: versions, suites with their results, and what changed between two versions. */
import { z } from "zod";
import { DomainError, invalidInput, notFound } from "@/server/domain/errors";
import { Finding } from "@/server/domain/gitops/finding";
import { promptsNamed } from "@/server/domain/gitops/release-file";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { diffPrompts, type PromptDiff } from "@/server/domain/prompt/prompt-diff";
import type { PromptFile } from "@/server/domain/prompt/prompt-file";
import { isSuiteOf, type TestSuite } from "@/server/domain/prompt/test-suite";
import { Time } from "@/server/domain/time";
import { findGitState, findRepository } from "@/server/store/control/gitops";
import { listEvaluationResults, listReleasesWithComponent } from "@/server/store/control/releases";
import { readFiles } from "./commit-files";
import { GitFailure } from "./git-command";
import { headOf, type GitDeps } from "./plan-commit";
import { compareByVersion, readPrompts, type ReadPrompts } from "./read-prompts";

const SuiteView = z.object({
  /** What results are submitted under. */
  name: z.string(),
  path: z.string(),
  digest: z.string(),
  /** Ids of its cases; `git.comparePrompts` renders with the values of one. */
  cases: z.array(z.string()),
  /** The newest results of each release that carries the prompt, newest first. */
  results: z.array(z.object({ releaseId: z.string(), at: Time, results: z.record(z.string(), z.number()) })),
});

const PromptView = z.object({
  reference: z.string(),
  area: z.string(),
  name: z.string(),
  version: z.string(),
  path: z.string(),
  digest: z.string(),
  owner: z.string().nullable(),
  models: z.array(z.string()),
  variables: z.array(
    z.object({ name: z.string(), description: z.string().nullable(), example: z.string().nullable() }),
  ),
  text: z.string(),
  /** Releases of the application that carry exactly this text, newest first. */
  releases: z.array(z.string()),
  suites: z.array(SuiteView),
});

export const PromptLibraryView = z.object({
  application: z.string(),
  commit: z.string(),
  prompts: z.array(PromptView),
  findings: z.array(Finding),
});
export type PromptLibraryView = z.input<typeof PromptLibraryView>;

export const PromptLibraryInput = closedObject({ application: ApplicationId });

/** Releases whose results are shown at most. */
const MOST_RELEASES = 20;

/** @throws DomainError `not_found` without a repository; `unavailable` when git does not answer. */
export async function promptLibrary(
  deps: GitDeps,
  input: z.input<typeof PromptLibraryInput>,
): Promise<PromptLibraryView> {
  const { application } = parseInput(PromptLibraryInput, input, "the prompts");
  const { commit, prompts, suites, findings } = await readLibrary(deps, application);
  return {
    application,
    commit,
    prompts: prompts
      .toSorted(byNameAndVersion)
      .map((prompt) => promptView(deps, { application, prompt, prompts, suites })),
    findings: [...findings],
  };
}

/** The versions of a prompt stand together, the newest first. */
function byNameAndVersion(left: PromptFile, right: PromptFile): number {
  const [a, b] = [left, right].map(({ area, name }) => `${area}/${name}`);
  return a === b ? compareByVersion(right, left) : (a ?? "") < (b ?? "") ? -1 : 1;
}

export const ComparePromptsInput = closedObject({
  application: ApplicationId,
  /** `support/answer@2.8`, or `answer@2.8` where only one area has it. */
  from: z.string(),
  to: z.string(),
  /** Renders both with the values of this case of this suite; without them, with the examples that each declares. */
  suite: z.string().optional(),
  case: z.string().optional(),
});

/** @throws DomainError `not_found` for a prompt or a case that the head does not hold. */
export async function comparePrompts(deps: GitDeps, input: z.input<typeof ComparePromptsInput>): Promise<PromptDiff> {
  const { application, from, to, suite, case: caseId } = parseInput(ComparePromptsInput, input, "the comparison");
  const { prompts, suites } = await readLibrary(deps, application);
  const values = suite === undefined ? {} : requireCase({ suite, id: caseId ?? "" }, suites);
  return diffPrompts(requirePrompt(from, prompts), requirePrompt(to, prompts), values);
}

function requireCase(wanted: { suite: string; id: string }, suites: readonly TestSuite[]): Record<string, string> {
  const cases = suites.find(({ name }) => name === wanted.suite)?.cases;
  const found = cases?.find(({ id }) => id === wanted.id);
  if (found === undefined) throw notFound(`case of suite ${wanted.suite}`, wanted.id);
  return found.variables;
}

function requirePrompt(reference: string, prompts: readonly PromptFile[]): PromptFile {
  const matching = promptsNamed(reference, prompts);
  const [prompt] = matching;
  if (prompt === undefined) throw notFound("prompt", reference);
  if (matching.length === 1) return prompt;
  throw invalidInput(`${reference} is in several areas: write ${matching.map((one) => one.reference).join(" or ")}`);
}

/** The prompts of the head that the controller saw last, so that pages agree with each other. */
async function readLibrary(deps: GitDeps, application: string): Promise<ReadPrompts & { commit: string }> {
  const repository = findRepository(deps.control, application);
  if (repository === undefined) throw notFound("git repository of", application);
  const seen = findGitState(deps.control, application)?.headCommit ?? null;
  try {
    return await deps.git.use(repository, async (mirror) => {
      const known = seen === null ? undefined : await mirror.resolve(seen);
      if (known === undefined) await mirror.fetch();
      const commit = known ?? (await headOf(mirror, repository.branch));
      const files = await readFiles(mirror, commit, [repository.paths.prompts]);
      return { commit, ...readPrompts(files, repository.paths.prompts) };
    });
  } catch (error) {
    if (error instanceof GitFailure) throw new DomainError("unavailable", error.message);
    throw error;
  }
}

interface Library {
  application: string;
  prompt: PromptFile;
  prompts: readonly PromptFile[];
  suites: readonly TestSuite[];
}

function promptView(deps: GitDeps, library: Library): z.input<typeof PromptView> {
  const { prompt, prompts, suites } = library;
  const { reference, area, name, version, path, digest, owner, models, variables, text } = prompt;
  const releases = releasesWith(deps, library);
  return {
    reference,
    area,
    name,
    version,
    path,
    digest,
    owner,
    text,
    models: [...models],
    variables: [...(variables ?? [])],
    releases,
    suites: suites
      .filter((suite) => isSuiteOf(suite, prompt, prompts))
      .map((suite) => ({
        name: suite.name,
        path: suite.path,
        digest: suite.digest,
        cases: suite.cases.map(({ id }) => id),
        results: resultsOf(deps, { application: library.application, suite: suite.name, releases }),
      })),
  };
}

function releasesWith({ control }: GitDeps, { application, prompt }: Library): string[] {
  const references = [prompt.reference, `${prompt.name}@${prompt.version}`].map((name) => `${name}#${prompt.digest}`);
  const found = [...new Set(references)].flatMap((reference) =>
    listReleasesWithComponent(control, { reference, application, limit: MOST_RELEASES }),
  );
  return [...new Set(found.map(({ id }) => id))];
}

function resultsOf(
  { control }: GitDeps,
  { application, suite, releases }: { application: string; suite: string; releases: readonly string[] },
): z.input<typeof SuiteView>["results"] {
  return releases.flatMap((releaseId) => {
    const newest = listEvaluationResults(control, { application, releaseId }).findLast((row) => row.suite === suite);
    return newest === undefined ? [] : [{ releaseId, at: newest.atMs, results: newest.results }];
  });
}
