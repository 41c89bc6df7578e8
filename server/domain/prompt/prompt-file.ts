/**
 * A prompt as a file of the repository: `<area>/<name>@<version>.md`, front matter and text. Reads what it is given;
 * parsing YAML is the caller's part.
 */
import { z } from "zod";
import { errorIn, type Finding, warningIn } from "@/server/domain/gitops/finding";
import { sha256Hex } from "@/server/domain/hash";
import { issuesOf } from "@/server/domain/input";
import { parseVersion } from "./semantic-version";

/** What a path below the prompts folder says. */
export interface PromptPath {
  /** `support`, `support/eu`, or empty. */
  readonly area: string;
  readonly name: string;
  readonly version: string;
}

const FILE = /^(?:(.+)\/)?([^/@]+)@([^/@]+)\.md$/;

/** `support/answer@2.8.md` → area, name and version; undefined for other files. */
export function parsePromptPath(pathInFolder: string): PromptPath | undefined {
  const [, area = "", name, version] = FILE.exec(pathInFolder) ?? [];
  return name === undefined || version === undefined ? undefined : { area, name, version };
}

/** One variable of a prompt. */
interface PromptVariable {
  readonly name: string;
  readonly description: string | null;
  /** A value to render with. */
  readonly example: string | null;
}

/** A prompt file, read. */
export interface PromptFile extends PromptPath {
  readonly path: string;
  /** `support/answer@2.8`: how components name it where the name alone is ambiguous. */
  readonly reference: string;
  /** SHA-256 of the file's bytes, `sha256:…`. */
  readonly digest: string;
  /** SHA-256 of the text alone, hex: what "the text changed" means. */
  readonly textDigest: string;
  readonly text: string;
  /** The line of the file on which the text begins, from 1. */
  readonly textLine: number;
  readonly owner: string | null;
  /** Models it is written for, with `*`; empty: any. */
  readonly models: readonly string[];
  /** Null when there is no front matter to declare any. */
  readonly variables: readonly PromptVariable[] | null;
}

/** A file cut at its front matter. */
export interface CutFile {
  /** YAML between the `---` lines; null when the file does not begin with one. */
  readonly frontMatter: string | null;
  readonly text: string;
  readonly textLine: number;
}

/** Lines are taken one way only, so that a long text without a closing line is not tried again and again. */
const FRONT_MATTER = /^---[ \t\r]*\n((?:[^\n]*\n)*?)---[ \t\r]*(?:\n|$)/;

/** Cuts a file. A first line `---` without a closing one is no front matter: it may be a rule of the text. */
export function cutFrontMatter(content: string): CutFile {
  const whole = content.startsWith("\uFEFF") ? content.slice(1) : content;
  const [head, frontMatter] = FRONT_MATTER.exec(whole) ?? [];
  if (head === undefined || frontMatter === undefined) return { frontMatter: null, text: whole, textLine: 1 };
  return { frontMatter, text: whole.slice(head.length), textLine: head.split("\n").length };
}

const Described = z.union([
  z.string().transform((description) => ({ description, example: null })),
  z
    .object({ description: z.string().optional(), example: z.string().optional() })
    .transform(({ description = null, example = null }) => ({ description, example })),
]);

const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a name like question");

/** Front matter with every value as text. Keys beyond these are the authors' own. */
const FrontMatter = z.object({
  name: z.string().optional(),
  version: z.string({ error: "is needed: the semantic version, as in the file's name" }),
  owner: z.string().optional(),
  models: z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]),
  variables: z
    .union([
      z.array(VariableName).transform((names) => names.map((name) => ({ name, description: null, example: null }))),
      z
        .record(VariableName, Described)
        .transform((map) => Object.entries(map).map(([name, described]) => ({ name, ...described }))),
    ])
    .default([]),
});

/**
 * Puts a prompt together from its path, its content and its parsed front matter, and says what is wrong with them.
 *
 * @returns no prompt when the path's version or the front matter cannot be read.
 */
export function readPromptFile(file: {
  path: string;
  inFolder: PromptPath;
  digest: string;
  cut: CutFile;
  /** Parsed front matter, every scalar as text; undefined when there is none. */
  frontMatter: unknown;
}): { prompt?: PromptFile; findings: Finding[] } {
  const { path, inFolder, digest, cut } = file;
  if (parseVersion(inFolder.version) === undefined) {
    const message = `${inFolder.version} is not a semantic version: name the file ${inFolder.name}@1.0.md or the like`;
    return { findings: [errorIn(path, "version_not_semantic", { message })] };
  }
  const { area, name, version } = inFolder;
  const reference = `${area === "" ? "" : `${area}/`}${name}@${version}`;
  const { text, textLine } = cut;
  const body = { ...inFolder, path, reference, digest, text, textLine, textDigest: sha256Hex(text) };
  const empty = text.trim() === "" ? [errorIn(path, "text_missing", { message: "the prompt has no text" })] : [];
  if (cut.frontMatter === null) {
    const message = "has no front matter: begin with ---, version, owner, variables, ---";
    const findings = [...empty, warningIn(path, "front_matter_missing", { message, line: 1 })];
    return { prompt: { ...body, owner: null, models: [], variables: null }, findings };
  }
  const parsed = FrontMatter.safeParse(file.frontMatter ?? {});
  if (!parsed.success) {
    const findings = issuesOf(parsed.error).map(({ pointer, message }) =>
      errorIn(path, "front_matter_invalid", { message: `${pointer} ${message}`, line: 1 }),
    );
    return { findings };
  }
  const { owner = null, models, variables } = parsed.data;
  const findings = [...empty, ...disagreements(path, inFolder, parsed.data)];
  return { prompt: { ...body, owner, models, variables }, findings };
}

function disagreements(
  path: string,
  inPath: PromptPath,
  given: { name?: string | undefined; version: string },
): Finding[] {
  const findings: Finding[] = [];
  if (given.name !== undefined && given.name !== inPath.name && given.name !== `${inPath.area}/${inPath.name}`) {
    const message = `the front matter says name ${given.name}, the file's name says ${inPath.name}`;
    findings.push(errorIn(path, "name_mismatch", { message, line: 1 }));
  }
  if (given.version !== inPath.version) {
    const message = `the front matter says version ${given.version}, the file's name says ${inPath.version}`;
    findings.push(errorIn(path, "version_mismatch", { message, line: 1 }));
  }
  return findings;
}
