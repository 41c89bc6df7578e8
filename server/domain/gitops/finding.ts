/** What is wrong, or looks wrong, in a file of the repository: with its place and the remedy. */
import { z } from "zod";

const FINDING_SEVERITIES = ["error", "warning"] as const;

export const Finding = z.object({
  /** An error keeps the commit from being applied. */
  severity: z.enum(FINDING_SEVERITIES),
  /** Stable, for people who filter: `version_reused`. */
  code: z.string(),
  path: z.string(),
  /** From 1; null where the file as a whole is meant. */
  line: z.number().int().nullable(),
  message: z.string(),
});
export type Finding = z.output<typeof Finding>;

/** An error about a file, or about a line of it. */
export function errorIn(path: string, code: string, at: { message: string; line?: number | undefined }): Finding {
  return { severity: "error", code, path, line: at.line ?? null, message: at.message };
}

/** Something that is allowed and probably not meant. */
export function warningIn(path: string, code: string, at: { message: string; line?: number | undefined }): Finding {
  return { ...errorIn(path, code, at), severity: "warning" };
}

/** `prompts/support/answer@2.8.md:3: error version_reused: …` */
export function describeFinding({ severity, code, path, line, message }: Finding): string {
  return `${path}${line === null ? "" : `:${line}`}: ${severity} ${code}: ${message}`;
}
