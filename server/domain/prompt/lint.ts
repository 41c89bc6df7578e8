/** What is wrong with a prompt beyond its form: variables, and versions that say less than the text. */
import { errorIn, type Finding, warningIn } from "@/server/domain/gitops/finding";
import type { PromptFile } from "./prompt-file";
import { usedVariables } from "./variables";

/** What is known of prompts elsewhere, by reference. */
export interface KnownPrompts {
  /** On the branch that the commit is compared with: the text's digest, hex. */
  readonly onBranch: ReadonlyMap<string, string>;
  /** In registered releases: the file's digest, `sha256:…`, and one release that carries it. */
  readonly released: ReadonlyMap<string, readonly { readonly digest: string; readonly releaseId: string }[]>;
}

/** Variables that are used and not declared, or declared and not used. Without front matter nothing is declared. */
export function lintVariables(prompt: PromptFile): Finding[] {
  if (prompt.variables === null) return [];
  const declared = new Set(prompt.variables.map(({ name }) => name));
  const used = usedVariables(prompt.text);
  const usedNames = new Set(used.map(({ name }) => name));
  const undeclared = used.filter(({ name }) => !declared.has(name));
  return [
    ...undeclared.map(({ name, line }) =>
      errorIn(prompt.path, "variable_undeclared", {
        message: `{{ ${name} }} is used but not declared: add it to variables, or correct the name`,
        line: prompt.textLine + line - 1,
      }),
    ),
    ...[...declared]
      .filter((name) => !usedNames.has(name))
      .map((name) =>
        warningIn(prompt.path, "variable_unused", { message: `variable ${name} is declared but not used`, line: 1 }),
      ),
  ];
}

/** What versions are judged by. */
export type PromptVersion = Pick<PromptFile, "reference" | "path" | "digest" | "textDigest">;

/** A version that was released is frozen; one that the branch has must be raised when its text changes. */
export function lintVersions(prompts: readonly PromptVersion[], known: KnownPrompts): Finding[] {
  const names = new Map<string, number>();
  for (const { reference } of prompts) names.set(shortName(reference), (names.get(shortName(reference)) ?? 0) + 1);
  return prompts.flatMap((prompt) => {
    // A component may leave the area out where only one area has the prompt.
    const isAlone = names.get(shortName(prompt.reference)) === 1;
    const short = isAlone ? known.released.get(shortName(prompt.reference)) : undefined;
    return lintVersion(prompt, {
      released: [...(known.released.get(prompt.reference) ?? []), ...(short ?? [])],
      before: known.onBranch.get(prompt.reference),
    });
  });
}

function shortName(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function lintVersion(
  { reference, path, digest, textDigest }: PromptVersion,
  { released, before }: { released: readonly { digest: string; releaseId: string }[]; before: string | undefined },
): Finding[] {
  const [other] = released;
  if (other !== undefined && !released.some((release) => release.digest === digest)) {
    const message = `${reference} is part of release ${other.releaseId} with other text: a released version never changes, give this text a new version`;
    return [errorIn(path, "version_reused", { message })];
  }
  if (before === undefined || before === textDigest) return [];
  const message = `the text changed but it is still ${reference}: raise the version, in the file's name and in the front matter`;
  return [errorIn(path, "version_not_raised", { message })];
}
