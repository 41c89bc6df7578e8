/** The aliases that a commit declares for one application, per environment. */
import { readAliasFile, resolveReference, type NamedRelease } from "@/server/domain/gitops/alias-file";
import type { DeclaredAlias } from "@/server/domain/gitops/desired-state";
import { errorIn, type Finding } from "@/server/domain/gitops/finding";
import { fillPath, type GitRepository } from "@/server/domain/gitops/repository";
import { AliasName, ReleaseId } from "@/server/domain/ids";
import type { CommitFiles } from "./commit-files";
import { readYaml } from "./yaml-text";

export interface AliasContext {
  readonly layout: Pick<GitRepository, "application" | "environments" | "paths">;
  readonly releases: readonly NamedRelease[];
  /** Other applications of the repository. */
  readonly others: ReadonlySet<string>;
}

/** Reads the manifest of each followed environment. A reference that names nothing is kept, and is a finding. */
export function readAliases(
  files: CommitFiles,
  context: AliasContext,
): { aliases: DeclaredAlias[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const aliases = context.layout.environments.flatMap((environment) => {
    const read = readEnvironment(files, environment, context);
    findings.push(...read.findings);
    return read.aliases;
  });
  const seen = new Map<string, DeclaredAlias>();
  for (const one of aliases) {
    const first = seen.get(one.alias);
    if (first !== undefined && first.path !== one.path) {
      const message = `${one.alias} is declared in ${first.path} as well: an application has one alias of a name`;
      findings.push(errorIn(one.path, "alias_repeated", { message }));
    }
    seen.set(one.alias, first ?? one);
  }
  return { aliases: [...seen.values()], findings };
}

function readEnvironment(
  files: CommitFiles,
  environment: string,
  { layout, releases, others }: AliasContext,
): { aliases: DeclaredAlias[]; findings: Finding[] } {
  const { application, paths } = layout;
  const path = fillPath(paths.aliases, { application, environment });
  const text = files.text(path);
  if (text === undefined) {
    const message = `is not there: environment ${environment} declares no alias`;
    return { aliases: [], findings: [errorIn(path, "aliases_missing", { message })] };
  }
  const { value, findings: unreadable } = readYaml(path, text, "text");
  if (unreadable.length > 0) return { aliases: [], findings: unreadable };
  const read = readAliasFile(path, { document: value, application, others });
  const aliases = read.aliases.map(({ alias, reference, keys }) => {
    const releaseId = resolveReference(reference, { application, releases });
    return {
      alias: AliasName.parse(alias),
      environment,
      path,
      keys: [...keys],
      reference,
      releaseId: ReleaseId.nullable().parse(releaseId),
    };
  });
  const unknown = aliases
    .filter(({ releaseId }) => releaseId === null)
    .map(({ alias, reference }) => {
      const folder = fillPath(paths.models, { application });
      const message = `${alias} names ${reference}, which no file of ${folder} declares`;
      return errorIn(path, "release_unknown", { message });
    });
  return { aliases, findings: [...read.findings, ...unknown] };
}
