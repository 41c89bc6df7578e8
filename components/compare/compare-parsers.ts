/** What is compared, as the address bar holds it, for the server and the browser. */
import { createLoader, parseAsInteger, parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";
import type { Inputs } from "@/components/data/outputs";

export const compareParsers = {
  rolloutId: parseAsString,
  /** A shorter name for `rolloutId`, in links that people write. */
  rollout: parseAsString,
  candidate: parseAsString,
  control: parseAsString,
  mode: parseAsStringLiteral(["canary", "shadow"] as const),
  /** RFC 3339; without them the server's choice of range. */
  from: parseAsString,
  to: parseAsString,
  windowMs: parseAsInteger,
  /** `region=us-west`. */
  segment: parseAsString,
  /** RFC 3339; the span whose differences are shown. */
  spanFrom: parseAsString,
  spanTo: parseAsString,
  /** The metric that is looked at first. */
  metric: parseAsString,
  tab: parseAsStringLiteral(["metrics", "pairs", "segments", "policy"] as const).withDefault("metrics"),
};

export type CompareParams = inferParserType<typeof compareParsers>;

export const loadCompareParams = createLoader(compareParsers);

/** The API's input, or null when nothing is named yet. */
export function compareInput(application: string, params: CompareParams): Inputs["compare"]["get"] | null {
  const { candidate, control, mode, from, to, windowMs, segment } = params;
  const rolloutId = params.rolloutId ?? params.rollout;
  if (rolloutId === null && candidate === null) return null;
  const subject = rolloutId === null ? { application, candidate, control, mode } : { rolloutId };
  const given = Object.entries({ ...subject, from, to, windowMs, segment }).filter(([, value]) => value !== null);
  // Every member has the type that its parser gave it; only the absent ones were left out.
  return Object.fromEntries(given) as Inputs["compare"]["get"];
}
