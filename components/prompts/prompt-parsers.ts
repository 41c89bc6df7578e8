/** Which prompts are compared, as the address bar holds it, for the server and the browser. */
import { createLoader, parseAsString, type inferParserType } from "nuqs/server";
import type { Inputs } from "@/components/data/outputs";

export const promptParsers = {
  /** `support/answer@1.0`. */
  from: parseAsString,
  to: parseAsString,
  /** The test case whose values both are rendered with: `support/answer` and its id. */
  suite: parseAsString,
  case: parseAsString,
};

export const loadPromptParams = createLoader(promptParsers);

/** The API's input, or null when no two prompts are named. */
export function compareInput(
  application: string,
  params: inferParserType<typeof promptParsers>,
): Inputs["git"]["comparePrompts"] | null {
  const { from, to, suite, case: caseId } = params;
  if (from === null || to === null) return null;
  return { application, from, to, ...(suite === null || caseId === null ? {} : { suite, case: caseId }) };
}
