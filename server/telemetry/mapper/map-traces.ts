/** A decoded export of spans into requests and scores, with a count of what was refused and what the sender should know. */
import type { NewRequest, NewScore } from "@/server/store/sqlite/new-request";
import type { ResourceSpans, Span } from "@/server/telemetry/otlp/span";
import { FieldSlots } from "./field-slots";
import { ownPlansOf } from "./key-plan";
import { mapSpan, type MappedSpan, slugOf, type SpanContext } from "./map-span";
import { isRequestSpan } from "./request-gate";
import { annotationScores, eventScores, spanTarget } from "./scores";
import { type Extras, readSpan } from "./span-extras";

const DEEPEST_PARENT = 16;

/** What an export became. */
export interface MappedExport {
  requests: NewRequest[];
  scores: NewScore[];
  /** Reason → spans. */
  refused: Map<string, number>;
  /** Requests that do not carry a release id. */
  withoutRelease: number;
  spans: number;
}

/** One span as it was read. `slots` are used again for the next span: what is wanted of them is read at once. */
export interface SpanReading {
  span: Span;
  resource: ResourceSpans["resource"];
  slots: FieldSlots;
  extras: Extras;
  /** Undefined for a span that the gate has not let through. */
  result: MappedSpan | undefined;
}

/**
 * Maps all spans. Those that are neither requests nor carry scores are passed over: gateways send whole traces.
 *
 * @param observe sees each span in order, for who wants to explain what became of it.
 */
export function mapTraces(
  groups: readonly ResourceSpans[],
  context: SpanContext,
  observe?: (reading: SpanReading) => void,
): MappedExport {
  const mapped: MappedExport = { requests: [], scores: [], refused: new Map(), withoutRelease: 0, spans: 0 };
  const nesting = new Nesting();
  const slots = new FieldSlots();
  const found: { span: Span; request: NewRequest }[] = [];
  for (const { resource, spans } of groups) {
    const base = new FieldSlots();
    base.read(resource, "resource");
    const application = slugOf(base.text("application") ?? "");
    const segmentKeys = context.facts.segmentKeys(application);
    const own = ownPlansOf(context.facts.telemetryKeys(application));
    if (own !== undefined) base.read(resource, "resource", { own });
    for (const span of spans) {
      slots.startFrom(base);
      const extras = readSpan(span.attributes, slots, { segmentKeys, own, resource, timeMs: span.start.ms });
      const isRequest = isRequestSpan(slots);
      nesting.add(span, isRequest);
      const result = isRequest ? mapSpan(span, slots, extras, context) : undefined;
      observe?.({ span, resource, slots, extras, result });
      if (result === undefined) {
        mapped.scores.push(...scoresOfCarrier(span, annotationScores(extras.annotations, span.start.ms)));
      } else if ("request" in result) found.push({ span, request: result.request });
      else mapped.refused.set(result.refused, (mapped.refused.get(result.refused) ?? 0) + 1);
    }
    mapped.spans += spans.length;
  }
  mapped.requests = found.filter(({ span }) => !nesting.isInsideRequest(span)).map(({ request }) => request);
  mapped.withoutRelease = mapped.requests.filter((request) => request.releaseSource !== "explicit").length;
  return mapped;
}

/** A span that only carries scores links to exactly one other, the one they are about; an event scores its own span. */
function scoresOfCarrier(span: Span, annotations: readonly Omit<NewScore, "targetKind" | "target">[]): NewScore[] {
  const [link] = span.links;
  const isAbout =
    span.links.length === 1 && link !== undefined && link.traceId.length === 16 && link.spanId.length === 8;
  const linked = isAbout ? annotations.map((score) => ({ ...score, ...spanTarget(link) })) : [];
  return [...linked, ...eventScores(span).map((score) => ({ ...score, ...spanTarget(isAbout ? link : span) }))];
}

/** Instrumented frameworks wrap instrumented clients: of a request span inside another only the outer one counts. */
class Nesting {
  readonly #parents = new Map<string, string>();
  readonly #requests = new Set<string>();

  add({ spanId, parentSpanId }: Span, isRequest: boolean): void {
    // Bytes as text: a key that costs no hex.
    const id = spanId.toString("latin1");
    if (parentSpanId.length > 0) this.#parents.set(id, parentSpanId.toString("latin1"));
    if (isRequest) this.#requests.add(id);
  }

  isInsideRequest({ parentSpanId }: Span): boolean {
    let id = parentSpanId.length === 0 ? undefined : parentSpanId.toString("latin1");
    for (let depth = 0; id !== undefined && depth < DEEPEST_PARENT; depth++) {
      if (this.#requests.has(id)) return true;
      id = this.#parents.get(id);
    }
    return false;
  }
}
