/**
 * What a newcomer copies to see a first request, for an installation's own address and token. The page shows these, the
 * document prints them, and tests run them: there is one text of each.
 */

/** What the snippets are written for. */
export interface SnippetTarget {
  /** Where people open the product, without a trailing slash. */
  readonly url: string;
  /** A token with the scopes `ci` and `ingest`. */
  readonly token: string;
  readonly application: string;
  readonly releaseId: string;
}

export const GATEWAYS = ["curl", "javascript", "python", "collector", "litellm", "vercel"] as const;
export type Gateway = (typeof GATEWAYS)[number];

export interface Snippet {
  readonly title: string;
  /** For the fence of a document: `sh`, `js`, `py`, `yaml`. */
  readonly language: "sh" | "js" | "py" | "yaml";
  /** What is installed first; null where nothing is. */
  readonly install: string | null;
  readonly code: string;
  /** What the reader must know besides. */
  readonly note: string;
}

/** Stands for what is not there yet, and is what the document shows. */
export const PLACEHOLDERS: SnippetTarget = {
  url: "https://switchback.example.org",
  token: "YOUR_TOKEN",
  application: "helpdesk",
  releaseId: "RELEASE_ID",
};

/** Versions that npm installs together: the newest of each ask for different versions of the API. */
const OPENTELEMETRY =
  "@opentelemetry/sdk-trace-node@2.9.0 @opentelemetry/exporter-trace-otlp-proto@0.220.0 @opentelemetry/resources@2.9.0";

const JSON_HEADER = `-H "Content-Type: application/json"`;

/** Registers the first release of an application; its answer carries the release's id. */
export function registerSnippet({ url, token, application }: SnippetTarget): string {
  const body = JSON.stringify({
    application,
    author: "you",
    components: { prompt: "answer@1.0", model: "small@2026.1" },
  });
  return `curl -sS --fail-with-body ${url}/api/v1/releases \\
  -H "Authorization: Bearer ${token}" ${JSON_HEADER} \\
  -d '${body}'`;
}

/** Sends one request with its release. */
export function gatewaySnippet(gateway: Gateway, target: SnippetTarget): Snippet {
  return SNIPPETS[gateway](target);
}

const SNIPPETS: Readonly<Record<Gateway, (target: SnippetTarget) => Snippet>> = {
  curl: ({ url, token, application, releaseId }) => ({
    title: "curl",
    language: "sh",
    install: null,
    code: `curl -sS --fail-with-body ${url}/api/v1/requests \\
  -H "Authorization: Bearer ${token}" ${JSON_HEADER} \\
  -d '${JSON.stringify({
    requests: [
      {
        requestId: "first-request",
        application,
        releaseId,
        status: "ok",
        region: "eu",
        ttftMs: 420,
        durationMs: 1800,
        inputTokens: 512,
        outputTokens: 88,
      },
    ],
  })}'`,
    note: "For gateways without OpenTelemetry, and for a first look. The same id again counts once.",
  }),
  javascript: ({ url, token, application, releaseId }) => ({
    title: "OpenTelemetry JS",
    language: "js",
    install: `npm install ${OPENTELEMETRY}`,
    code: `import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const exporter = new OTLPTraceExporter({
  url: "${url}/v1/traces",
  headers: { authorization: "Bearer ${token}" },
});
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({
    "service.name": "${application}",
    "switchback.release.id": "${releaseId}",
  }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});

const span = provider.getTracer("gateway").startSpan("chat small", {
  attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "small" },
});
// Call the model here.
span.setAttributes({ "gen_ai.usage.input_tokens": 512, "gen_ai.usage.output_tokens": 88 });
span.end();
await provider.shutdown();`,
    note: "An instrumentation that writes the GenAI conventions needs only the exporter and the resource.",
  }),
  python: ({ url, token, application, releaseId }) => ({
    title: "OpenTelemetry Python",
    language: "py",
    install: "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
    code: `from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

exporter = OTLPSpanExporter(
    endpoint="${url}/v1/traces",
    headers={"authorization": "Bearer ${token}"},
)
provider = TracerProvider(
    resource=Resource.create({
        "service.name": "${application}",
        "switchback.release.id": "${releaseId}",
    })
)
provider.add_span_processor(BatchSpanProcessor(exporter))

with provider.get_tracer("gateway").start_as_current_span("chat small") as span:
    span.set_attribute("gen_ai.operation.name", "chat")
    span.set_attribute("gen_ai.request.model", "small")
    # Call the model here.
    span.set_attribute("gen_ai.usage.input_tokens", 512)
    span.set_attribute("gen_ai.usage.output_tokens", 88)
provider.shutdown()`,
    note: "An instrumentation that writes the GenAI conventions needs only the exporter and the resource.",
  }),
  collector: ({ url, token, application, releaseId }) => ({
    title: "Collector",
    language: "yaml",
    install: null,
    code: `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:14318
processors:
  resource:
    attributes:
      - { key: service.name, value: ${application}, action: upsert }
      - { key: switchback.release.id, value: "${releaseId}", action: upsert }
exporters:
  otlphttp/switchback:
    endpoint: ${url}
    headers:
      authorization: Bearer ${token}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [resource]
      exporters: [otlphttp/switchback]`,
    note: "Beside the exporters that you have. Leave the processor out where the spans name their release.",
  }),
  litellm: ({ url, token, application, releaseId }) => ({
    title: "LiteLLM",
    language: "sh",
    install: `pip install "litellm[proxy]" opentelemetry-sdk opentelemetry-exporter-otlp-proto-http`,
    code: `cat > litellm.yaml <<'YAML'
model_list:
  - model_name: small
    litellm_params: { model: openai/gpt-5-mini, mock_response: "Hello" }
litellm_settings:
  callbacks: ["otel"]
YAML
export OTEL_EXPORTER=otlp_http
export OTEL_ENDPOINT=${url}/v1/traces
export OTEL_HEADERS="authorization=Bearer ${token}"
export OTEL_SERVICE_NAME=${application}
export OTEL_RESOURCE_ATTRIBUTES=switchback.release.id=${releaseId}
litellm --config litellm.yaml --port 4000`,
    note: "Then ask the proxy something. Take mock_response out to call the model.",
  }),
  vercel: ({ url, token, application, releaseId }) => ({
    title: "Vercel AI SDK",
    language: "js",
    install: `npm install ai zod ${OPENTELEMETRY}`,
    code: `import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { generateText } from "ai";

const exporter = new OTLPTraceExporter({
  url: "${url}/v1/traces",
  headers: { authorization: "Bearer ${token}" },
});
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({
    "service.name": "${application}",
    "switchback.release.id": "${releaseId}",
  }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
provider.register();

const { text } = await generateText({
  model: "openai/gpt-5-mini",
  prompt: "Hello",
  experimental_telemetry: { isEnabled: true },
});
console.log(text);
await provider.shutdown();`,
    note: "The model's own key is read as always; what is new is the exporter and experimental_telemetry.",
  }),
};
