/**
 * Spans as the Python SDK's console exporter prints them, turned into OTLP JSON. The intake itself takes OTLP only; here
 * people paste what their terminal shows.
 */

type Json = Readonly<Record<string, unknown>>;

/** Whether the object is such a span: its ids stand in a `context`. */
export function isConsoleSpan(value: Json): boolean {
  const { context } = value;
  return isObject(context) && typeof context["trace_id"] === "string" && typeof context["span_id"] === "string";
}

/** The OTLP span, and the attributes of its resource. */
export function fromConsole(span: Json): { span: Json; resource: Json } {
  const context = object(span["context"]);
  const status = object(span["status"]);
  return {
    span: {
      traceId: idOf(context["trace_id"]),
      spanId: idOf(context["span_id"]),
      parentSpanId: idOf(span["parent_id"]),
      name: span["name"],
      startTimeUnixNano: nanosOf(span["start_time"]),
      endTimeUnixNano: nanosOf(span["end_time"]),
      attributes: pairsOf(span["attributes"]),
      events: list(span["events"]).map((event) => ({
        name: event["name"],
        timeUnixNano: nanosOf(event["timestamp"]),
        attributes: pairsOf(event["attributes"]),
      })),
      links: list(span["links"]).map((link) => {
        const target = object(link["context"]);
        return { traceId: idOf(target["trace_id"]), spanId: idOf(target["span_id"]) };
      }),
      status: { code: status["status_code"] },
    },
    resource: { attributes: pairsOf(object(span["resource"])["attributes"]) },
  };
}

/** A plain object of attributes as OTLP's list of keys and values. */
export function pairsOf(attributes: unknown): { key: string; value: Json }[] {
  return Object.entries(object(attributes)).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: unknown): Json {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } };
  return isObject(value) ? { kvlistValue: { values: pairsOf(value) } } : {};
}

/** `0x5b8e…` → hex without its mark. */
function idOf(value: unknown): string {
  return typeof value === "string" ? value.replace(/^0x/i, "") : "";
}

/** RFC 3339 with up to nine decimals → nanoseconds as text. */
function nanosOf(value: unknown): string {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) return "0";
  const [, decimals = ""] = /\.(\d+)/.exec(String(value)) ?? [];
  return `${Math.floor(ms / 1000)}${decimals.slice(0, 9).padEnd(9, "0")}`;
}

function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
