/**
 * Which convention a telemetry key belongs to, for people: whose documentation to look into, and which generation of the
 * GenAI conventions an emitter writes.
 */

/** Exact keys that a prefix would misjudge. */
const EXACT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "GenAI conventions up to 1.36": [
      "gen_ai.system",
      "gen_ai.usage.prompt_tokens",
      "gen_ai.usage.completion_tokens",
      "gen_ai.prompt",
      "gen_ai.completion",
    ],
    "GenAI conventions 1.37 to 1.41": [
      "gen_ai.provider.name",
      "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.cache_creation.input_tokens",
      "gen_ai.usage.reasoning.output_tokens",
      "gen_ai.request.stream",
      "gen_ai.response.time_to_first_chunk",
      "gen_ai.input.messages",
      "gen_ai.output.messages",
    ],
    "GenAI conventions after 1.41": ["gen_ai.prompt.version", "gen_ai.usage.cache_write.input_tokens"],
    OpenLLMetry: [
      "gen_ai.usage.cache_read_input_tokens",
      "gen_ai.usage.cache_creation_input_tokens",
      "gen_ai.usage.reasoning_tokens",
      "gen_ai.usage.total_tokens",
      "gen_ai.is_streaming",
      "gen_ai.request.is_stream",
      "gen_ai.user",
      "gen_ai.response.finish_reason",
      "gen_ai.response.stop_reason",
      "llm.is_streaming",
      "llm.user",
      "llm.request.type",
      "llm.response.id",
    ],
    OpenInference: [
      "time_to_first_token_ms",
      "prompt.id",
      "metadata",
      "input.value",
      "output.value",
      "llm.model_name",
      "llm.provider",
      "llm.system",
      "llm.finish_reason",
      "llm.request.model_name",
      "llm.response.model_name",
    ],
    OpenLIT: ["gen_ai.server.time_to_first_token", "gen_ai.usage.cost", "gen_ai.request.user"],
    "LiteLLM 1": ["gen_ai.cost.total_cost", "metadata.requester_metadata", "metadata.spend_logs_metadata"],
    "vLLM and SGLang": ["gen_ai.request.id"],
    Switchback: ["ttft_ms", "llm.release.id", "llm.release.track", "llm.release.lane", "release.id", "release_id"],
  }).flatMap(([convention, keys]) => keys.map((key) => [key, convention] as const)),
);

/** The first prefix that fits names the convention. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ["switchback.", "Switchback"],
  ["gen_ai.latency.", "vLLM and SGLang"],
  ["gen_ai.", "GenAI conventions, every version"],
  ["litellm.", "LiteLLM 2"],
  ["metadata.", "LiteLLM 1"],
  ["openinference.", "OpenInference"],
  ["llm.token_count.", "OpenInference"],
  ["llm.cost.", "OpenInference"],
  ["llm.prompt_template.", "OpenInference"],
  ["embedding.", "OpenInference"],
  ["annotations.", "OpenInference"],
  ["evaluations.", "OpenInference"],
  ["traceloop.", "OpenLLMetry"],
  ["llm.usage.", "OpenLLMetry"],
  ["langfuse.", "Langfuse"],
  ["langsmith.", "LangSmith"],
  ["mlflow.", "MLflow"],
  ["sentry.", "Sentry"],
  ["ai.", "Vercel AI SDK"],
  ["feature_flag.", "OpenTelemetry feature flags"],
  ...["service.", "deployment.", "cloud.", "vcs.", "git.", "error.", "exception.", "http.", "user.", "enduser."].map(
    (prefix) => [prefix, "OpenTelemetry"] as const,
  ),
  ...["session.", "tenant.", "app."].map((prefix) => [prefix, "OpenTelemetry"] as const),
];

/** The convention of a key; undefined for a key that none has. */
export function conventionOf(key: string): string | undefined {
  return EXACT.get(key) ?? PREFIXES.find(([prefix]) => key.startsWith(prefix))?.[1];
}

/** What tells emitters apart: the conventions of one vendor first, then the generation of the common ones. */
const EMITTERS: readonly string[] = [
  "LiteLLM 2",
  "LiteLLM 1",
  "Vercel AI SDK",
  "Langfuse",
  "OpenLLMetry",
  "OpenInference",
  "vLLM and SGLang",
  "OpenLIT",
  "GenAI conventions after 1.41",
  "GenAI conventions 1.37 to 1.41",
  "GenAI conventions up to 1.36",
  "GenAI conventions, every version",
];

/** Who wrote a request, from the keys that fed its fields; a request without any came through the JSON API. */
export function emitterOf(sources: Readonly<Record<string, string>> | null): string {
  if (sources === null) return "JSON API";
  const conventions = new Set(Object.values(sources).map(conventionOf));
  return EMITTERS.find((emitter) => conventions.has(emitter)) ?? "OpenTelemetry, other keys";
}
