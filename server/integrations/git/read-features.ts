/** Feature views as folders of a commit: one digest each, and the fingerprint of the transformation it declares. */
import { canonicalText, type CanonicalValue } from "@/server/domain/canonical-text";
import { errorIn, type Finding } from "@/server/domain/gitops/finding";
import { sha256Hex } from "@/server/domain/hash";
import { fingerprint } from "@/server/domain/parity/fingerprint";
import type { RepositoryContent } from "@/server/domain/gitops/release-file";
import { below, type CommitFiles } from "./commit-files";
import { readYaml } from "./yaml-text";

const TRANSFORMATION = /^transformation\.(ya?ml|json)$/;

/** Reads `<folder>/<view>/…`. The digest is that of the canonical text of `{file: digest}`. */
export function readFeatures(
  files: CommitFiles,
  folder: string,
): { features: RepositoryContent["features"]; findings: Finding[] } {
  const members = new Map<string, string[]>();
  for (const path of files.paths) {
    const [, view, member] = /^([^/]+)\/(.+)$/.exec(below(folder, path) ?? "") ?? [];
    if (view !== undefined && member !== undefined) members.set(view, [...(members.get(view) ?? []), member]);
  }
  const findings: Finding[] = [];
  const features = new Map<string, { digest: string; fingerprint: string | null }>();
  for (const [view, names] of members) {
    const at = (name: string): string => `${folder}/${view}/${name}`;
    const digests = Object.fromEntries(names.map((name) => [name, files.digest(at(name))]));
    const transformation = names.find((name) => TRANSFORMATION.test(name));
    const read = transformation === undefined ? undefined : readFingerprint(files, at(transformation));
    findings.push(...(read?.findings ?? []));
    const digest = `sha256:${sha256Hex(canonicalText(digests))}`;
    features.set(view, { digest, fingerprint: read?.fingerprint ?? null });
  }
  return { features, findings };
}

function readFingerprint(files: CommitFiles, path: string): { fingerprint?: string; findings: Finding[] } {
  const { value, findings } = readYaml(path, files.text(path) ?? "", "typed");
  if (findings.length > 0) return { findings };
  try {
    // YAML's core types are those of canonical text.
    return { fingerprint: fingerprint(value as CanonicalValue), findings };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { findings: [errorIn(path, "transformation_invalid", { message: error.message })] };
  }
}
