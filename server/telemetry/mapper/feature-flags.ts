/** What a span's feature-flag evaluations say about its track: both spellings of the convention. */
import { attribute, type Span } from "@/server/telemetry/otlp/span";

const EVENTS: ReadonlySet<string> = new Set(["feature_flag.evaluation", "feature_flag"]);

const NOTHING = { variant: undefined, contextId: undefined };

/** What the last flag evaluation of a span says: the variant, and whom it was evaluated for. */
export function flagEvaluation(span: Span): { variant: string | undefined; contextId: string | undefined } {
  if (span.events.length === 0) return NOTHING;
  const event = span.events.findLast(({ name }) => EVENTS.has(name));
  const text = (key: string): string | undefined => {
    const value = event === undefined ? undefined : attribute(event.attributes, key);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    variant: text("feature_flag.result.variant") ?? text("feature_flag.variant"),
    contextId: text("feature_flag.context.id"),
  };
}
