/** Files of a commit with their contents: what the readers of prompts, features, releases and aliases look into. */
import { createHash } from "node:crypto";
import { DomainError } from "@/server/domain/errors";
import { errorIn, type Finding } from "@/server/domain/gitops/finding";
import { MOST_FILE_BYTES, type CommitReader } from "./read-commit";

export interface CommitFiles {
  readonly paths: readonly string[];
  /** SHA-256 of the bytes, `sha256:…`. */
  digest: (path: string) => string | undefined;
  text: (path: string) => string | undefined;
  /** Files that are too large to be read. */
  readonly findings: readonly Finding[];
}

/** A repository with more files than this below its paths is set up with the wrong ones. */
const MOST_FILES = 20_000;

/** Reads every file at or below the paths. */
export async function readFiles(reader: CommitReader, commit: string, paths: readonly string[]): Promise<CommitFiles> {
  const entries = await reader.listFiles(commit, [...new Set(paths)]);
  if (entries.length > MOST_FILES) {
    const message = `${entries.length} files are below ${paths.join(", ")}, more than ${MOST_FILES}: set narrower paths`;
    throw new DomainError("too_large", message);
  }
  const small = entries.filter(({ sizeBytes }) => sizeBytes <= MOST_FILE_BYTES);
  const blobs = await reader.readBlobs(small.map(({ blob }) => blob));
  const contents = new Map(
    small.flatMap(({ path, blob }) => {
      const content = blobs.get(blob);
      return content === undefined ? [] : [[path, content] as const];
    }),
  );
  return {
    paths: [...contents.keys()],
    digest: (path) => {
      const content = contents.get(path);
      return content === undefined ? undefined : digestOf(content);
    },
    text: (path) => contents.get(path)?.toString("utf8"),
    findings: entries
      .filter(({ sizeBytes }) => sizeBytes > MOST_FILE_BYTES)
      .map(({ path, sizeBytes }) =>
        errorIn(path, "file_too_large", { message: `has ${sizeBytes} bytes, more than ${MOST_FILE_BYTES}` }),
      ),
  };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** What follows the folder in a path below it. */
export function below(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}
