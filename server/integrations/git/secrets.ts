/** Finds secrets where settings say they are. What it returns is never logged, stored or answered. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@/server/domain/errors";

export interface SecretSources {
  environment: NodeJS.ProcessEnv;
  /** The folder of `file:NAME`. */
  folder: string;
}

/**
 * The secret that a reference names.
 *
 * @throws DomainError `unavailable`, naming the reference, when it is not there or empty.
 */
export async function readSecret(sources: SecretSources, reference: string): Promise<string> {
  const value = reference.startsWith("env:")
    ? sources.environment[reference.slice("env:".length)]
    : await readFile(secretPath(sources, reference), "utf8").catch(() => undefined);
  const secret = value?.trim() ?? "";
  if (secret !== "") return secret;
  const place = reference.startsWith("env:") ? "set the variable" : `put it into ${sources.folder}`;
  throw new DomainError("unavailable", `the secret ${reference} is not there: ${place} and start again`);
}

/** The file of `file:NAME`, for programs that read it themselves. */
export function secretPath(sources: SecretSources, reference: string): string {
  return join(sources.folder, reference.slice("file:".length));
}
