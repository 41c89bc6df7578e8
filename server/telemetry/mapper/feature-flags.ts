/** What a span's feature-flag evaluations say about its track: both spellings of the convention. */
import { attribute, type Span } from "@/server/telemetry/otlp/span";

const EVENTS: ReadonlySet<string> = new Set(["feature_flag.evaluation", "feature_flag"]);

/** The variant that the last flag evaluation of the span gave. */
export function flagVariant(span: Span): string | undefined {
  const event = span.events.findLast(({ name }) => EVENTS.has(name));
  if (event === undefined) return undefined;
  const variant =
    attribute(event.attributes, "feature_flag.result.variant") ?? attribute(event.attributes, "feature_flag.variant");
  return typeof variant === "string" ? variant : undefined;
}
