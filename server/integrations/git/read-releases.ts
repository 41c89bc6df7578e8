/** The releases and the promotion policy that a commit declares in an application's folder. */
import { z } from "zod";
import { DomainError } from "@/server/domain/errors";
import type { DeclaredPolicy, DeclaredRelease } from "@/server/domain/gitops/desired-state";
import { errorIn, type Finding } from "@/server/domain/gitops/finding";
import {
  readReleaseFile,
  resolveRelease,
  type ReleaseFile,
  type RepositoryContent,
} from "@/server/domain/gitops/release-file";
import { AliasName, PolicyName } from "@/server/domain/ids";
import { parseInput } from "@/server/domain/input";
import { componentMap } from "@/server/domain/release/component-map";
import { releaseId } from "@/server/domain/release/release-id";
import { below, type CommitFiles } from "./commit-files";
import { readYaml } from "./yaml-text";

const POLICY_FILE = "promotion-policy.yaml";

/** A release file that could be read; `name` is the file's. */
export interface NamedReleaseFile {
  readonly path: string;
  readonly name: string;
  readonly file: ReleaseFile;
}

/** The YAML files directly in the folder, the promotion policy apart. */
export function readReleaseFiles(
  files: CommitFiles,
  folder: string,
): { read: NamedReleaseFile[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const read = files.paths.flatMap((path) => {
    const [, name] = /^([^/]+)\.ya?ml$/.exec(below(folder, path) ?? "") ?? [];
    if (name === undefined || below(folder, path) === POLICY_FILE) return [];
    const { value, findings: unreadable } = readYaml(path, files.text(path) ?? "", "text");
    const { file, findings: wrong } = unreadable.length > 0 ? { findings: [] } : readReleaseFile(path, value);
    findings.push(...unreadable, ...wrong);
    return file === undefined ? [] : [{ path, name, file }];
  });
  return { read, findings };
}

/** Gives each file its release id, from its components and what the repository holds of them. */
export function declareReleases(
  read: readonly NamedReleaseFile[],
  { application, content }: { application: string; content: RepositoryContent },
): { releases: DeclaredRelease[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const releases = read.flatMap((one) => {
    const declared = declareRelease(one, { application, content });
    findings.push(...declared.findings);
    return declared.release === undefined ? [] : [declared.release];
  });
  return { releases, findings };
}

function declareRelease(
  { path, name, file }: NamedReleaseFile,
  { application, content }: { application: string; content: RepositoryContent },
): { release?: DeclaredRelease; findings: readonly Finding[] } {
  const { findings, ...resolved } = resolveRelease(path, file, content);
  if (findings.length > 0) return { findings };
  const reference = name.includes("@") ? name : `${application}@${name}`;
  return orFinding(path, "release_invalid", () => {
    const id = releaseId(componentMap(file.components, resolved.digests));
    const labels = { title: reference, ...file.labels };
    return { release: { reference, releaseId: id, path, components: file.components, labels, ...resolved } };
  });
}

const PolicyFile = z.looseObject(
  {
    name: PolicyName.optional(),
    aliases: z.array(AliasName).min(1, "name at least one alias, or leave it out").optional(),
  },
  { error: "must be a policy document: a map" },
);

/**
 * The promotion policy: a policy document, with `aliases` naming those that only a rollout moves. What the document says
 * is checked where it is planned.
 */
export function readPolicy(
  files: CommitFiles,
  { folder, application }: { folder: string; application: string },
): { policy: DeclaredPolicy | null; findings: readonly Finding[] } {
  const path = `${folder}/${POLICY_FILE}`;
  const text = files.text(path);
  if (text === undefined) return { policy: null, findings: [] };
  const { value, findings } = readYaml(path, text, "typed");
  if (findings.length > 0) return { policy: null, findings };
  const read = orFinding(path, "policy_invalid", () => {
    const { aliases = null, ...document } = parseInput(PolicyFile, value, "the promotion policy");
    // An application's slug is a policy name as well.
    const name = document.name ?? PolicyName.parse(application);
    const policy: DeclaredPolicy = { name, path, document, guards: aliases };
    return { policy };
  });
  return { policy: null, ...read };
}

/** What `read` returns, or its refusal as a finding. */
function orFinding<T extends object>(
  path: string,
  code: string,
  read: () => T,
): (T | object) & { findings: Finding[] } {
  try {
    return { ...read(), findings: [] };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { findings: [errorIn(path, code, { message: error.message })] };
  }
}
