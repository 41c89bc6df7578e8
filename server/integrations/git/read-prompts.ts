/** Prompts and their test suites, as a commit holds them. */
import { errorIn, type Finding, warningIn } from "@/server/domain/gitops/finding";
import { lintVariables } from "@/server/domain/prompt/lint";
import {
  cutFrontMatter,
  parsePromptPath,
  readPromptFile,
  type PromptFile,
  type PromptPath,
} from "@/server/domain/prompt/prompt-file";
import { compareVersions, parseVersion } from "@/server/domain/prompt/semantic-version";
import { isSuiteOf, lintSuite, parseSuitePath, readTestSuite, type TestSuite } from "@/server/domain/prompt/test-suite";
import { below, type CommitFiles } from "./commit-files";
import { readYaml } from "./yaml-text";

export interface ReadPrompts {
  readonly prompts: readonly PromptFile[];
  readonly suites: readonly TestSuite[];
  /** What is wrong with them by themselves; versions are judged against what is known elsewhere. */
  readonly findings: readonly Finding[];
}

/** Reads `<folder>/<area>/<name>@<version>.md` and `<folder>/<area>/tests/*.jsonl`. */
export function readPrompts(files: CommitFiles, folder: string): ReadPrompts {
  const prompts: PromptFile[] = [];
  const suites: TestSuite[] = [];
  const findings: Finding[] = [];
  for (const path of files.paths) {
    const inFolder = below(folder, path);
    if (inFolder === undefined) continue;
    const file = { path, digest: files.digest(path) ?? "", content: files.text(path) ?? "" };
    const [promptPath, suitePath] = [parsePromptPath(inFolder), parseSuitePath(inFolder)];
    if (promptPath !== undefined) {
      const read = readPrompt({ ...file, inFolder: promptPath });
      if (read.prompt !== undefined) prompts.push(read.prompt);
      findings.push(...read.findings);
    } else if (suitePath !== undefined) {
      const read = readTestSuite({ ...file, inFolder: suitePath });
      suites.push(read.suite);
      findings.push(...read.findings);
    } else if (path.endsWith(".md") && !/(^|\/)readme\.md$/i.test(path)) {
      const message = "is no prompt: a prompt's file is named name@version.md";
      findings.push(warningIn(path, "prompt_unnamed", { message }));
    }
  }
  findings.push(...prompts.flatMap(lintVariables), ...lintSuites(suites, prompts));
  return { prompts, suites, findings };
}

function readPrompt(file: { path: string; inFolder: PromptPath; digest: string; content: string }): {
  prompt?: PromptFile;
  findings: Finding[];
} {
  const cut = cutFrontMatter(file.content);
  if (cut.frontMatter === null) return readPromptFile({ ...file, cut, frontMatter: undefined });
  const { value, findings } = readYaml(file.path, cut.frontMatter, "text");
  // The front matter begins on the file's second line.
  const placed = findings.map((one) =>
    errorIn(one.path, "front_matter_invalid", { message: one.message, line: (one.line ?? 1) + 1 }),
  );
  return placed.length > 0 ? { findings: placed } : readPromptFile({ ...file, cut, frontMatter: value });
}

/** Against the newest version alone: an old one may lack what the suite tests now. */
function lintSuites(suites: readonly TestSuite[], prompts: readonly PromptFile[]): Finding[] {
  return suites.flatMap((suite) => {
    const subjects = prompts.filter((prompt) => isSuiteOf(suite, prompt, prompts));
    const newest = subjects.toSorted(compareByVersion).at(-1);
    return newest === undefined ? [] : lintSuite(suite, newest);
  });
}

/** Older semantic versions first; what is no version stays where it is. */
export function compareByVersion(left: PromptFile, right: PromptFile): number {
  const [a, b] = [parseVersion(left.version), parseVersion(right.version)];
  return a === undefined || b === undefined ? 0 : compareVersions(a, b);
}
