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

/** A span with a model and an operation that asks it for an answer, or with a model and no word on its operation. */
export function isRequestSpan(slots: FieldSlots): boolean {
  if (!slots.has("modelServed")) return false;
  const operation = slots.text("operation");
  if (operation === undefined) return true;
  return slots.key("operation") === "ai.operationId"
    ? VERCEL_CALL.test(operation)
    : OPERATIONS.has(operation.toLowerCase());
}
