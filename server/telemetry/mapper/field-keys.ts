/**
 * Which telemetry key may feed which of our fields: three generations of the GenAI conventions, OpenInference,
 * OpenLLMetry, LiteLLM 1 and 2, vLLM, OpenLIT, the Vercel AI SDK, Langfuse. Per field the keys are tried in the order
 * written here: the span's own, then the resource's, then what vendors put into metadata.
 */
import { TELEMETRY_FIELDS, type TelemetryField } from "@/server/domain/request/telemetry-keys";

/** What a span can tell. */
export const FIELDS = TELEMETRY_FIELDS;
export type Field = TelemetryField;

/** Where the keys of a field may stand. A key ending in `*1000` is in seconds and our field in milliseconds. */
interface FieldKeys {
  span: readonly string[];
  resource?: readonly string[];
  /** Names below any of `METADATA_PREFIXES`, or inside a metadata blob. */
  metadata?: readonly string[];
}

/** Vendors' name spaces for what the application itself adds. */
export const METADATA_PREFIXES = [
  "litellm.metadata.",
  "metadata.requester_metadata.",
  "metadata.spend_logs_metadata.",
  "metadata.",
  "langfuse.trace.metadata.",
  "langfuse.observation.metadata.",
  "langsmith.metadata.",
  "ai.telemetry.metadata.",
  "traceloop.association.properties.",
] as const;

/** Attributes whose whole value is metadata, as JSON or as Python writes a dict. */
export const METADATA_BLOBS: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.requester_metadata",
  "metadata.spend_logs_metadata",
  "langfuse.trace.metadata",
  "langfuse.observation.metadata",
  "langsmith.metadata",
]);

/** Attributes whose whole value is JSON of quantities: which of its members feeds which field. */
export const QUANTITY_BLOBS: ReadonlyMap<string, Readonly<Record<string, Field>>> = new Map([
  ["langfuse.observation.usage_details", { input: "inputTokens", output: "outputTokens" }],
  ["langfuse.observation.cost_details", { total: "costUsd" }],
]);

const RELEASE_ID = ["llm.release.id", "switchback.release.id", "release.id", "release_id"] as const;
const ENVIRONMENT = ["langfuse.environment", "deployment.environment.name", "deployment.environment"] as const;

export const FIELD_KEYS: Readonly<Record<Field, FieldKeys>> = {
  application: {
    span: ["switchback.application"],
    resource: ["switchback.application", "service.name"],
    metadata: ["application"],
  },
  releaseId: { span: RELEASE_ID, resource: RELEASE_ID, metadata: ["release_id", "release.id", "releaseId"] },
  releaseLabel: {
    span: ["langfuse.release", "langfuse.trace.release", "sentry.release", "mlflow.modelId"],
    resource: ["langfuse.release", "deployment.id"],
    metadata: ["release"],
  },
  appVersion: {
    span: ["langfuse.version", "langfuse.trace.version", "gen_ai.agent.version", "traceloop.entity.version"],
    resource: ["service.version", "app.build_id"],
  },
  track: {
    span: ["llm.release.track", "llm.release.lane", "switchback.track", "feature_flag.variant"],
    metadata: ["lane", "variant", "arm"],
  },
  isSilent: { span: ["litellm.is_silent_experiment"], metadata: ["is_silent_experiment"] },
  shadowOf: { span: ["switchback.shadow_of"], metadata: ["shadow_of", "shadowOf"] },
  environment: { span: ENVIRONMENT, resource: ENVIRONMENT, metadata: ["environment", "env"] },
  gitCommit: {
    span: ["vcs.ref.head.revision"],
    resource: ["vcs.ref.head.revision", "git.commit.sha", "mlflow.source.git.commit"],
    metadata: ["git_commit"],
  },
  region: {
    span: ["switchback.region", "cloud.region"],
    resource: ["cloud.region", "cloud.availability_zone"],
    metadata: ["region"],
  },
  tenant: {
    span: ["switchback.tenant", "tenant.id", "litellm.team.id", "traceloop.association.properties.customer_id"],
    resource: ["tenant.id"],
    metadata: ["tenant", "tenant_id", "team_id"],
  },
  promptName: {
    span: [
      "gen_ai.prompt.name",
      "langfuse.observation.prompt.name",
      "langfuse.prompt.name",
      "traceloop.prompt.key",
      "prompt.id",
    ],
  },
  promptVersion: {
    span: [
      "gen_ai.prompt.version",
      "langfuse.observation.prompt.version",
      "langfuse.prompt.version",
      "traceloop.prompt.version",
      "llm.prompt_template.version",
      "traceloop.prompt.version_hash",
    ],
  },
  provider: { span: ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider"] },
  modelRequested: {
    span: [
      "gen_ai.request.model",
      "llm.request.model_name",
      "ai.model.id",
      "langfuse.observation.model.name",
      "llm.model_name",
      "embedding.model_name",
    ],
  },
  modelServed: {
    span: [
      "gen_ai.response.model",
      "llm.response.model_name",
      "litellm.provider.model",
      "ai.response.model",
      "llm.model_name",
      "langfuse.observation.model.name",
      "ai.model.id",
      "gen_ai.request.model",
      "embedding.model_name",
    ],
  },
  operation: {
    span: [
      "gen_ai.operation.name",
      "openinference.span.kind",
      "langfuse.observation.type",
      "traceloop.span.kind",
      "llm.request.type",
      "ai.operationId",
    ],
  },
  requestId: {
    span: ["switchback.request.id", "litellm.call_id", "gen_ai.request.id", "http.request.header.x-request-id"],
    metadata: ["request_id"],
  },
  responseId: { span: ["gen_ai.response.id", "ai.response.id", "llm.response.id"] },
  session: {
    span: ["gen_ai.conversation.id", "session.id", "langfuse.session.id"],
    resource: ["session.id"],
    metadata: ["session_id", "sessionId", "langfuse_session_id"],
  },
  subject: {
    span: [
      "switchback.subject",
      "user.id",
      "langfuse.user.id",
      "enduser.id",
      "gen_ai.user",
      "gen_ai.request.user",
      "llm.user",
      "litellm.end_user.id",
    ],
    metadata: [
      "user_id",
      "userId",
      "langfuse_user_id",
      "user_api_key_end_user_id",
      "user_api_key_user_id",
      "user_api_key_user_email",
    ],
  },
  inputTokens: {
    span: [
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.prompt_tokens",
      "llm.token_count.prompt",
      "llm.usage.prompt_tokens",
      "ai.usage.inputTokens",
      "ai.usage.promptTokens",
    ],
  },
  outputTokens: {
    span: [
      "gen_ai.usage.output_tokens",
      "gen_ai.usage.completion_tokens",
      "llm.token_count.completion",
      "llm.usage.completion_tokens",
      "ai.usage.outputTokens",
      "ai.usage.completionTokens",
    ],
  },
  cacheReadTokens: {
    span: [
      "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.cache_read_input_tokens",
      "llm.token_count.prompt_details.cache_read",
      "ai.usage.cachedInputTokens",
    ],
  },
  cacheWriteTokens: {
    span: [
      "gen_ai.usage.cache_write.input_tokens",
      "gen_ai.usage.cache_creation.input_tokens",
      "gen_ai.usage.cache_creation_input_tokens",
      "llm.token_count.prompt_details.cache_write",
    ],
  },
  reasoningTokens: {
    span: [
      "gen_ai.usage.reasoning.output_tokens",
      "gen_ai.usage.reasoning_tokens",
      "llm.usage.reasoning_tokens",
      "llm.token_count.completion_details.reasoning",
      "ai.usage.reasoningTokens",
    ],
  },
  costUsd: {
    span: [
      "switchback.cost_usd",
      "litellm.cost.total",
      "gen_ai.usage.cost",
      "gen_ai.cost.total_cost",
      "llm.cost.total",
    ],
  },
  ttftMs: {
    span: [
      "switchback.ttft_ms",
      "gen_ai.response.time_to_first_chunk*1000",
      // The name of a metric, which the Vercel AI SDK writes on its spans.
      "gen_ai.client.operation.time_to_first_chunk*1000",
      "ai.response.msToFirstChunk",
      "ai.stream.msToFirstChunk",
      "time_to_first_token_ms",
      "ttft_ms",
    ],
  },
  serverTtftMs: { span: ["gen_ai.server.time_to_first_token*1000", "gen_ai.latency.time_to_first_token*1000"] },
  completionStart: { span: ["langfuse.observation.completion_start_time"] },
  streaming: {
    span: [
      "gen_ai.request.stream",
      "litellm.request.streaming",
      "gen_ai.is_streaming",
      "gen_ai.request.is_stream",
      "llm.is_streaming",
    ],
  },
  finishReason: {
    span: [
      "gen_ai.response.finish_reasons",
      "gen_ai.response.finish_reason",
      "llm.finish_reason",
      "ai.response.finishReason",
      "gen_ai.response.stop_reason",
    ],
  },
  errorType: { span: ["error.type", "exception.type", "litellm.provider.error.code"] },
  httpStatus: { span: ["http.response.status_code", "http.status_code"] },
  refused: { span: ["switchback.refused"], metadata: ["refused"] },
  toxic: { span: ["switchback.toxic"], metadata: ["toxic"] },
  policyViolation: { span: ["switchback.policy_violation"], metadata: ["policy_violation"] },
  taskCompleted: { span: ["switchback.task_completed"], metadata: ["task_completed"] },
  featureFingerprint: { span: ["switchback.feature_fingerprint"], metadata: ["feature_fingerprint"] },
  input: { span: ["gen_ai.input.messages", "input.value", "gen_ai.prompt", "ai.prompt.messages", "ai.prompt"] },
  output: { span: ["gen_ai.output.messages", "output.value", "gen_ai.completion", "ai.response.text"] },
};

/** Keys of request and response text, beside those of `input` and `output`: never kept as attributes. */
export const CONTENT_PREFIXES = [
  "gen_ai.prompt.",
  "gen_ai.completion.",
  "gen_ai.input.",
  "gen_ai.output.",
  "gen_ai.system_instructions",
  "gen_ai.tool.",
  "llm.input_messages.",
  "llm.output_messages.",
  "llm.prompts",
  "llm.completions",
  "llm.prompt_template.template",
  "llm.prompt_template.variables",
  "llm.tools",
  "llm.invocation_parameters",
  "llm.function_call",
  // What LiteLLM sends on to a provider and gets back.
  "llm.openai.",
  "llm.anthropic.",
  "input.",
  "output.",
  "ai.prompt",
  "ai.response.text",
  "ai.response.object",
  "ai.response.toolCalls",
  "ai.response.reasoning",
  "langfuse.observation.input",
  "langfuse.observation.output",
  "langfuse.trace.input",
  "langfuse.trace.output",
  "traceloop.entity.input",
  "traceloop.entity.output",
  "http.request.header.",
  "http.response.header.",
  "embedding.embeddings.",
  "retrieval.documents.",
] as const;

/** Name spaces of our own in which the rest of the key is the name. */
export const OWN_PREFIXES = {
  segment: "switchback.segment.",
  measure: "switchback.measure.",
  score: "switchback.score.",
  feature: "switchback.feature.",
} as const;
