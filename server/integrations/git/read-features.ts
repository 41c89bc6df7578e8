/** Feature views as folders of a commit: one digest each, and the fingerprint of the transformation it declares. */
import { canonicalText, type CanonicalValue } from "@/server/domain/canonical-text";
import { errorIn, type Finding } from "@/server/domain/gitops/finding";
import { sha256Hex } from "@/server/domain/hash";
import { fingerprint } from "@/server/domain/parity/fingerprint";
import type { FeatureFolder, RepositoryContent } from "@/server/domain/gitops/release-file";
import { below, type CommitFiles } from "./commit-files";
import { readYaml } from "./yaml-text";

interface ReadFingerprint {
  fingerprint?: string;
  findings: Finding[];
}

const TRANSFORMATION = /^transformation\.(ya?ml|json)$/;

/** Reads `<folder>/<view>/…`. The digest is that of the canonical text of `{file: digest}`. */
export function readFeatures(
  files: CommitFiles,
  folder: string,
): { features: RepositoryContent["features"]; findings: Finding[] } {
  const findings: Finding[] = [];
  const features = new Map<string, FeatureFolder>();
  for (const [view, names] of membersByView(files, folder)) {
    const at = (name: string): string => `${folder}/${view}/${name}`;
    const digests = Object.fromEntries(names.map((name) => [name, files.digest(at(name))]));
    const transformation = names.find((name) => TRANSFORMATION.test(name));
    const read: ReadFingerprint =
      transformation === undefined ? { findings: [] } : readFingerprint(files, at(transformation));
    findings.push(...read.findings);
    const digest = `sha256:${sha256Hex(canonicalText(digests))}`;
    features.set(view, { path: `${folder}/${view}`, digest, fingerprint: read.fingerprint ?? null });
  }
  return { features, findings };
}

function membersByView({ paths }: CommitFiles, folder: string): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const path of paths) {
    const [, view, member] = /^([^/]+)\/(.+)$/.exec(below(folder, path) ?? "") ?? [];
    if (view !== undefined && member !== undefined) members.set(view, [...(members.get(view) ?? []), member]);
  }
  return members;
}

function readFingerprint(files: CommitFiles, path: string): ReadFingerprint {
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
