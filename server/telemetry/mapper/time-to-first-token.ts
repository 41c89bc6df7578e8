/** When the first token came, and on whose clock: what a gateway saw is never mixed with what a model server saw. */
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { microsecondsBetween, type Span } from "@/server/telemetry/otlp/span";
import type { FieldSlots } from "./field-slots";

/** OpenInference's event, or the first of the events that OpenLLMetry writes for each chunk. */
const FIRST_TOKEN_EVENT = /^first[ _.-]?(?:token|chunk)|\.content\.completion\.chunk$/i;
const MOST_US = 1e12;
/** A streamed answer whose first token comes with its last was not measured, see Langfuse #3046. */
const SUSPICIOUS_SHARE = 0.995;

interface Input {
  span: Span;
  slots: FieldSlots;
  durationUs: number | null;
  /** Remarks are added here. */
  flags: string[];
}

/** The gateway's own measurement, else the server's, else the start of the completion, else a span event. */
export function timeToFirstToken({ span, slots, durationUs, flags }: Input): Pick<NewRequest, "ttftUs" | "ttftSide"> {
  const found = measured(span, slots);
  if (found === undefined) return { ttftUs: null, ttftSide: null };
  const ttftUs = Math.round(found.us);
  if (!(ttftUs >= 0 && ttftUs <= MOST_US)) {
    flags.push("ttft_impossible");
    return { ttftUs: null, ttftSide: null };
  }
  if (durationUs !== null && ttftUs > durationUs) {
    flags.push("ttft_exceeds_duration");
    return { ttftUs: null, ttftSide: null };
  }
  const isSuspicious = durationUs !== null && durationUs > 0 && ttftUs > durationUs * SUSPICIOUS_SHARE;
  if (isSuspicious && slots.truth("streaming") === true) flags.push("ttft_equals_duration");
  return { ttftUs, ttftSide: found.side };
}

function measured(span: Span, slots: FieldSlots): { us: number; side: "client" | "server" } | undefined {
  const client = slots.number("ttftMs");
  if (client !== undefined) return { us: client * 1000, side: "client" };
  const server = slots.number("serverTtftMs");
  if (server !== undefined) return { us: server * 1000, side: "server" };
  const completionStart = timeOf(slots.text("completionStart"));
  if (completionStart !== undefined) return { us: (completionStart - span.start.ms) * 1000, side: "client" };
  const event = span.events.find(({ name }) => FIRST_TOKEN_EVENT.test(name));
  return event === undefined ? undefined : { us: microsecondsBetween(span.start, event.time), side: "client" };
}

/** An ISO time, which some SDKs write as JSON text inside the text. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text.replaceAll('"', ""));
  return Number.isNaN(ms) ? undefined : ms;
}
