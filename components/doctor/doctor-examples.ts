/** Payloads to try the doctor with: what three common emitters really write. Pure. */

/** A payload with its name. */
export interface DoctorExample {
  title: string;
  /** The text, for an application and a time. */
  body: (application: string, nowMs: number) => string;
}

type Value = string | number | boolean;

function pairs(attributes: Readonly<Record<string, Value>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: Value): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

interface Given {
  resource: Record<string, Value>;
  spans: { name: string; parent?: string; attributes: Record<string, Value> }[];
}

/** Spans of one trace, the first of them its root; each lasts two seconds and has just ended. */
function exportOf(nowMs: number, { resource, spans }: Given): string {
  const startMs = nowMs - 5000;
  const body = {
    resourceSpans: [
      {
        resource: { attributes: pairs(resource) },
        scopeSpans: [
          {
            scope: { name: "example" },
            spans: spans.map(({ name, parent, attributes }, index) => ({
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: spanId(index),
              ...(parent === undefined ? {} : { parentSpanId: parent }),
              name,
              kind: 3,
              startTimeUnixNano: `${startMs}000000`,
              endTimeUnixNano: `${startMs + 2000}000000`,
              attributes: pairs(attributes),
              status: {},
            })),
          },
        ],
      },
    ],
  };
  return JSON.stringify(body, null, 2);
}

function spanId(index: number): string {
  return `eee19b7ec3c1b17${index}`;
}

export const DOCTOR_EXAMPLES: readonly DoctorExample[] = [
  {
    title: "GenAI conventions",
    body: (application, nowMs) =>
      exportOf(nowMs, {
        resource: { "service.name": application, "service.version": "2.4.1", "cloud.region": "us-west" },
        spans: [
          {
            name: "invoke_agent deploy",
            attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "deploy" },
          },
          {
            name: "chat gpt-5-mini",
            parent: spanId(0),
            attributes: {
              "gen_ai.operation.name": "chat",
              "gen_ai.provider.name": "openai",
              "gen_ai.request.model": "gpt-5-mini",
              "gen_ai.response.model": "gpt-5-mini-2026-03-01",
              "gen_ai.response.id": "chatcmpl-9f2c",
              "gen_ai.usage.input_tokens": 612,
              "gen_ai.usage.output_tokens": 188,
              "gen_ai.usage.cache_read.input_tokens": 512,
              "gen_ai.request.stream": true,
              "gen_ai.response.time_to_first_chunk": 0.412,
              "gen_ai.conversation.id": "conv-7",
            },
          },
          {
            name: "execute_tool search",
            parent: spanId(0),
            attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search" },
          },
        ],
      }),
  },
  {
    title: "LiteLLM",
    body: (application, nowMs) =>
      exportOf(nowMs, {
        resource: { "service.name": application, "deployment.environment": "production" },
        spans: [
          {
            name: "litellm_request",
            attributes: {
              "gen_ai.operation.name": "chat",
              "gen_ai.request.model": "fast",
              "litellm.provider.model": "azure/gpt-5-mini",
              "litellm.call_id": "7f9c2ba4-e88f-427d-b1f4-9a3d5c0e6a11",
              "litellm.cost.total": 0.00042,
              "litellm.team.id": "team-7",
              "litellm.metadata.release_id": "698df6d7ad",
              "litellm.metadata.lane": "canary",
              "litellm.request.streaming": true,
              "gen_ai.response.time_to_first_chunk": 412,
              "gen_ai.usage.input_tokens": 612,
              "gen_ai.usage.output_tokens": 188,
            },
          },
        ],
      }),
  },
  {
    title: "OpenInference",
    body: (application, nowMs) =>
      exportOf(nowMs, {
        resource: { "service.name": application },
        spans: [
          {
            name: "ChatCompletion",
            attributes: {
              "openinference.span.kind": "LLM",
              "llm.model_name": "gpt-5-mini",
              "llm.provider": "openai",
              "llm.token_count.prompt": 612,
              "llm.token_count.completion": 188,
              "llm.token_count.prompt_details.cache_read": 512,
              "llm.cost.total": 0.0012,
              "session.id": "s-1",
              "user.id": "ada",
              metadata: '{"release_id": "698df6d7ad", "region": "eu", "tenant": "acme"}',
              "input.value": "How do I roll back?",
            },
          },
        ],
      }),
  },
];
