/** Which spans are logical LLM requests: agents, chains and tools around them would count their tokens twice. */
import type { FieldSlots } from "./field-slots";

const OPERATIONS: ReadonlySet<string> = new Set([
  // GenAI conventions, and what `llm.request.type` says.
  "chat",
  "text_completion",
  "generate_content",
  "embeddings",
  "completion",
  "embedding",
  // OpenInference kinds.
  "llm",
  // Langfuse observation types. Embeddings are also called so by OpenInference.
  "generation",
]);

/** Vercel's inner spans, one per call of a model: `ai.streamText.doStream`. The outer ones repeat them. */
const VERCEL_CALL = /\.do[A-Z]/;

/** Why a span is no request: it names no model, it only repeats an inner call, or its operation asks for no answer. */
export type GateRefusal = "no_model" | "outer_call" | "other_operation";

/** A span with a model and an operation that asks it for an answer, or with a model and no word on its operation. */
export function isRequestSpan(slots: FieldSlots): boolean {
  return gateRefusal(slots) === undefined;
}

/** Undefined for a request. */
export function gateRefusal(slots: FieldSlots): GateRefusal | undefined {
  if (!slots.has("modelServed")) return "no_model";
  const operation = slots.text("operation");
  if (operation === undefined) return undefined;
  if (slots.key("operation") === "ai.operationId") return VERCEL_CALL.test(operation) ? undefined : "outer_call";
  return OPERATIONS.has(operation.toLowerCase()) ? undefined : "other_operation";
}
