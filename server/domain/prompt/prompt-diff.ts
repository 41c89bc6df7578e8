/** What changed between two versions of a prompt: what it declares, and its text with values filled in. */
import type { PromptFile } from "./prompt-file";
import { diffLines, type DiffLine } from "./text-diff";
import { renderText } from "./variables";

export interface PromptDiff {
  readonly from: string;
  readonly to: string;
  /** Declared things that differ: owner, models, variables. */
  readonly declared: readonly { readonly field: string; readonly from: string; readonly to: string }[];
  readonly lines: readonly DiffLine[];
}

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
