/** What changed between two versions of a prompt: what it declares, and its text with values filled in. */
import { z } from "zod";
import type { PromptFile } from "./prompt-file";
import { DiffLine, diffLines } from "./text-diff";
import { renderText } from "./variables";

export const PromptDiff = z.object({
  from: z.string(),
  to: z.string(),
  /** Declared things that differ: owner, models, variables. */
  declared: z.array(z.object({ field: z.string(), from: z.string(), to: z.string() })),
  lines: z.array(DiffLine),
});
export type PromptDiff = z.output<typeof PromptDiff>;

/** Compares two prompts, rendered with `values` and, where these give none, with the examples each declares. */
export function diffPrompts(
  from: PromptFile,
  to: PromptFile,
  values: Readonly<Record<string, string>> = {},
): PromptDiff {
  const fields: [string, (prompt: PromptFile) => string][] = [
    ["owner", (prompt) => prompt.owner ?? ""],
    ["models", (prompt) => prompt.models.join(", ")],
    ["variables", (prompt) => (prompt.variables ?? []).map(({ name }) => name).join(", ")],
  ];
  return {
    from: from.reference,
    to: to.reference,
    declared: fields
      .map(([field, read]) => ({ field, from: read(from), to: read(to) }))
      .filter((change) => change.from !== change.to),
    lines: diffLines(rendered(from, values), rendered(to, values)),
  };
}

function rendered(prompt: PromptFile, values: Readonly<Record<string, string>>): string {
  const examples = (prompt.variables ?? []).flatMap(({ name, example }) => (example === null ? [] : [[name, example]]));
  return renderText(prompt.text, { ...Object.fromEntries(examples), ...values });
}
