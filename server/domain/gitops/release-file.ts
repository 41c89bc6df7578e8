/**
 * A release as git declares it: `models/<application>/<name>.yaml`. Says what the file says; where the files it names
 * are, and what is in them, is the caller's knowledge.
 */
import { z } from "zod";
import { ComponentsInput, DigestsInput, parseReference } from "@/server/domain/release/component-map";
import { closedObject, issuesOf, jsonPointer, openRecord } from "@/server/domain/input";
import type { PromptFile } from "@/server/domain/prompt/prompt-file";
import { errorIn, type Finding } from "./finding";
import { isPathInside } from "./repository";

const Fingerprint = z.string().regex(/^[0-9a-f]{8}$/, "must be a fingerprint: 8 lower-case hex digits");

/** The file, with every scalar as text: `1.10` is not a number here. */
export const ReleaseFile = closedObject({
  components: ComponentsInput,
  /** Component → file of the repository whose content belongs to it. Prompts and feature views are found by themselves. */
  files: openRecord(z.string(), z.string().refine(isPathInside, "must be a path inside the repository")).optional(),
  digests: DigestsInput.optional(),
  fingerprints: openRecord(z.string().min(1).max(128), Fingerprint).optional(),
  labels: openRecord(z.string().min(1).max(128), z.string().max(512)).optional(),
});
export type ReleaseFile = z.output<typeof ReleaseFile>;

/** A feature view's folder: the digest of all of it, and the fingerprint of its transformation where it declares one. */
export interface FeatureFolder {
  readonly path: string;
  readonly digest: string;
  readonly fingerprint: string | null;
}

/** What else the commit holds, for a release's components to be found in. */
export interface RepositoryContent {
  readonly prompts: readonly PromptFile[];
  /** By the feature view's name. */
  readonly features: ReadonlyMap<string, FeatureFolder>;
  /** Whether the repository keeps prompts and feature views at all: then each one must be there. */
  readonly keepsPrompts: boolean;
  readonly keepsFeatures: boolean;
  /** Digest of a file by path, `sha256:…`. */
  readonly digestOf: (path: string) => string | undefined;
}

/** Reads a parsed release file. */
export function readReleaseFile(path: string, document: unknown): { file?: ReleaseFile; findings: Finding[] } {
  const parsed = ReleaseFile.safeParse(document);
  if (parsed.success) return { file: parsed.data, findings: [] };
  const findings = issuesOf(parsed.error).map(({ pointer, message }) =>
    errorIn(path, "release_invalid", { message: `${pointer} ${message}`.trim() }),
  );
  return { findings };
}

/** Digests and fingerprints of a release's components, from what the repository holds. */
export interface ResolvedRelease {
  readonly digests: Readonly<Record<string, string>>;
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Files and folders that it is made of, its own file first. */
  readonly sources: string[];
  readonly findings: readonly Finding[];
}

/** Looks every component up in the repository. A component that it does not keep goes without a digest. */
export function resolveRelease(path: string, file: ReleaseFile, content: RepositoryContent): ResolvedRelease {
  const digests: Record<string, string> = { ...file.digests };
  const fingerprints: Record<string, string> = {};
  const sources = [path];
  const findings: Finding[] = [];
  for (const [kind, reference] of Object.entries(file.components)) {
    const found = resolveComponent({ kind, reference, file, content });
    if ("problem" in found) findings.push(errorIn(path, "component_missing", { message: found.problem }));
    else {
      if (found.digest !== undefined) digests[kind] = found.digest;
      if (found.source !== undefined) sources.push(found.source);
      Object.assign(fingerprints, found.fingerprint);
    }
  }
  findings.push(...strayFiles(path, file), ...refusedModels(path, file, content));
  return { digests, fingerprints: { ...fingerprints, ...file.fingerprints }, sources, findings };
}

type Found = { digest?: string; source?: string; fingerprint?: Record<string, string> } | { problem: string };

function resolveComponent(one: {
  kind: string;
  reference: string;
  file: ReleaseFile;
  content: RepositoryContent;
}): Found {
  const { kind, reference, file, content } = one;
  const named = file.files?.[kind];
  const isPinned = file.digests?.[kind] !== undefined || parseReference(reference)?.digest !== undefined;
  if (named !== undefined && isPinned) return { problem: `${kind} has a file and a digest: leave the digest out` };
  if (named !== undefined) {
    const digest = content.digestOf(named);
    return digest === undefined ? { problem: `${kind}: there is no file ${named}` } : { digest, source: named };
  }
  // A digest that is written down is the author's own: the component lives elsewhere.
  return isPinned ? {} : findByKind(kind, reference, content);
}

function findByKind(kind: string, reference: string, content: RepositoryContent): Found {
  const base = kind.split("/")[0];
  if (base === "prompt" && content.keepsPrompts) return findPrompt(kind, reference, content);
  if (base === "feature_view" && content.keepsFeatures) return findFeatureView(kind, reference, content);
  return {};
}

function findPrompt(kind: string, reference: string, { prompts }: RepositoryContent): Found {
  const matching = promptsNamed(reference, prompts);
  const [prompt] = matching;
  if (prompt === undefined) return { problem: `${kind}: there is no prompt file for ${reference}` };
  if (matching.length > 1) {
    const choices = matching.map((one) => one.reference).join(" or ");
    return { problem: `${kind}: ${reference} is in several areas: write ${choices}` };
  }
  return { digest: prompt.digest, source: prompt.path };
}

/** `support/answer@2.8`, or `answer@2.8` where only one area has it. */
export function promptsNamed(reference: string, prompts: readonly PromptFile[]): PromptFile[] {
  const exact = prompts.filter((prompt) => prompt.reference === reference);
  return exact.length > 0 ? exact : prompts.filter(({ name, version }) => `${name}@${version}` === reference);
}

function findFeatureView(kind: string, reference: string, { features }: RepositoryContent): Found {
  const name = parseReference(reference)?.name ?? reference;
  const view = features.get(name);
  if (view === undefined) return { problem: `${kind}: there is no folder for feature view ${name}` };
  const { digest, path: source } = view;
  return { digest, source, ...(view.fingerprint === null ? {} : { fingerprint: { [name]: view.fingerprint } }) };
}

function strayFiles(path: string, { files, components }: ReleaseFile): Finding[] {
  return Object.keys(files ?? {})
    .filter((kind) => !Object.hasOwn(components, kind))
    .map((kind) =>
      errorIn(path, "release_invalid", {
        message: `${jsonPointer(["files", kind])} there is no component ${kind} to which this file belongs`,
      }),
    );
}

/** A prompt that names the models it is written for is not released with another. */
function refusedModels(path: string, { components }: ReleaseFile, { prompts }: RepositoryContent): Finding[] {
  const model = components["model"];
  if (model === undefined) return [];
  return Object.entries(components).flatMap(([kind, reference]) => {
    const prompt = kind.split("/")[0] === "prompt" ? promptsNamed(reference, prompts)[0] : undefined;
    if (prompt === undefined || prompt.models.length === 0) return [];
    if (prompt.models.some((pattern) => matchesModel(pattern, model))) return [];
    const message = `${prompt.reference} is written for ${prompt.models.join(", ")}, not for ${model}`;
    return [errorIn(path, "model_refused", { message })];
  });
}

/** `small@*`, `small`: a name stands for every version of it. */
function matchesModel(pattern: string, model: string): boolean {
  const expression = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}(@.*)?$`, "s").test(model);
}
