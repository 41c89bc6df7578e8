/** Spans as emitters write them, mapped with nothing known of the installation but what a test says. */
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { mapTraces, type MappedExport } from "@/server/telemetry/mapper/map-traces";
import { decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import type { RecordFacts } from "@/server/telemetry/record-facts";

export const START_MS = Date.parse("2026-04-10T12:00:00.000Z");

type Value = string | number | boolean | Value[];
export type Attributes = Record<string, Value>;

export interface TestSpan {
  attributes: Attributes;
  name?: string;
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  startMs?: number;
  durationMs?: number;
  error?: boolean;
  events?: { name: string; afterMs: number; attributes?: Attributes }[];
  links?: { traceId: string; spanId: string }[];
}

export const NOTHING_KNOWN: RecordFacts = {
  segmentKeys: () => ["region", "tenant"],
  telemetryKeys: () => undefined,
  storesContent: () => false,
  applicationOf: () => undefined,
  resolveRelease: () => ({ releaseId: null, source: "unknown" }),
};

export const SERVICE: Attributes = { "service.name": "deploy-assistant" };

/** Spans of one resource as OTLP JSON. */
export function exportOf(spans: readonly TestSpan[], resource: Attributes = SERVICE) {
  return {
    resourceSpans: [{ resource: { attributes: pairs(resource) }, scopeSpans: [{ spans: spans.map(spanJson) }] }],
  };
}

/** Maps spans of one resource. */
export function mapAll(
  spans: readonly TestSpan[],
  resource: Attributes = SERVICE,
  facts: Partial<RecordFacts> = {},
): MappedExport {
  const groups = decodeJsonTraces(Buffer.from(JSON.stringify(exportOf(spans, resource))));
  return mapTraces(groups, { facts: { ...NOTHING_KNOWN, ...facts }, nowMs: START_MS + 60_000 });
}

/** The one request of a span with these attributes. @throws Error when the gate did not let it through. */
export function mapOne(
  attributes: Attributes,
  over: Partial<TestSpan> = {},
  resource: Attributes = SERVICE,
): NewRequest {
  const { requests, refused } = mapAll([{ attributes, ...over }], resource);
  const [request] = requests;
  if (request === undefined) throw new Error(`no request: ${JSON.stringify([...refused])}`);
  return request;
}

/** The field's key as recorded. */
export function sourcesOf(request: NewRequest): Record<string, string> {
  return JSON.parse(request.sources ?? "{}") as Record<string, string>;
}

function spanJson(span: TestSpan, index: number) {
  const startMs = span.startMs ?? START_MS;
  return {
    traceId: span.traceId ?? "5b8efff798038103d269b633813fc60c",
    spanId: span.spanId ?? `eee19b7ec3c1b1${(index + 16).toString(16)}`,
    parentSpanId: span.parentSpanId ?? "",
    name: span.name ?? "chat",
    kind: 3,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + (span.durationMs ?? 2_000)}000000`,
    attributes: pairs(span.attributes),
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: `${startMs + event.afterMs}000000`,
      attributes: pairs(event.attributes ?? {}),
    })),
    links: span.links ?? [],
    status: span.error === true ? { code: 2 } : {},
  };
}

function pairs(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: json(value) }));
}

function json(value: Value): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(json) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
