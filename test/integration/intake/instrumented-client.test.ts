/** An unchanged LLM client, instrumented by a real library, talking to a model server of our own: its calls are requests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { INGEST_TOKEN, runIntake, type RunningIntake } from "./intake-support";

let intake: RunningIntake;
let model: Server;
let provider: NodeTracerProvider;
let client: OpenAI;

const ANSWER = {
  id: "chatcmpl-Bq7",
  object: "chat.completion",
  created: 1_776_000_000,
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "very private answer" } }],
  usage: {
    prompt_tokens: 21,
    completion_tokens: 9,
    total_tokens: 30,
    completion_tokens_details: { reasoning_tokens: 4 },
  },
};

/** Chat, whole or in two chunks 20 ms after the call, and embeddings. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const part of request) body += String(part);
  const asked = JSON.parse(body) as { stream?: boolean; input?: string };
  if (asked.stream === true) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const content of ["very ", "private"]) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const chunk = { ...ANSWER, object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    response.end("data: [DONE]\n\n");
    return;
  }
  const vector = {
    object: "list",
    model: "embed",
    data: [{ object: "embedding", index: 0, embedding: [0.1] }],
    usage: {},
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(asked.input === undefined ? ANSWER : vector));
}

beforeAll(async () => {
  intake = await runIntake();
  // Spans carry the real time.
  intake.clock.nowMs = Date.now();
  model = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => model.listen(0, "127.0.0.1", resolve));
  provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "deploy-assistant",
      "switchback.release.id": "698df6d7ad",
      "cloud.region": "us-west",
    }),
    spanProcessors: [
      new SimpleSpanProcessor(
        new OTLPTraceExporter({
          url: `${intake.url}/v1/traces`,
          headers: { authorization: `Bearer ${INGEST_TOKEN}` },
        }),
      ),
    ],
  });
  const instrumentation = new OpenAIInstrumentation({ tracerProvider: provider });
  instrumentation.manuallyInstrument(OpenAI);
  client = new OpenAI({
    apiKey: "none",
    baseURL: `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`,
    maxRetries: 0,
  });
});
afterAll(async () => {
  await provider.shutdown();
  await new Promise((resolve) => model.close(resolve));
  await intake.stop();
});

const MESSAGES = [{ role: "user" as const, content: "very private question" }];

test("a call becomes a request with its tokens, its release and no text", async () => {
  await client.chat.completions.create({ model: "gpt-4o", messages: MESSAGES });
  await provider.forceFlush();
  const { items } = intake.reader.listRequests({ application: "deploy-assistant" }, { limit: 5 });
  expect(items).toMatchObject([
    {
      releaseId: "698df6d7ad",
      releaseSource: "explicit",
      region: "us-west",
      status: "ok",
      inputTokens: 21,
      outputTokens: 9,
      sources: { inputTokens: "llm.token_count.prompt", application: "service.name" },
    },
  ]);
  expect(items[0]?.durationMs).toBeGreaterThan(0);
  expect(JSON.stringify(items)).not.toContain("very private");
});

test("a streamed call becomes a request; a time to first token that the library does not tell is not guessed", async () => {
  const stream = await client.chat.completions.create({ model: "gpt-4o", messages: MESSAGES, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toBe("very private");
  await provider.forceFlush();
  const { items } = intake.reader.listRequests({ application: "deploy-assistant" }, { limit: 5 });
  expect(items).toHaveLength(2);
  expect(items[0]).toMatchObject({ ttftMs: null, ttftSide: null, status: "ok" });
  expect(items[0]?.durationMs).toBeGreaterThan(30);
});

test("an embedding becomes a request", async () => {
  await client.embeddings.create({ model: "text-embedding-3-small", input: "very private", encoding_format: "float" });
  await provider.forceFlush();
  const { items } = intake.reader.listRequests({ application: "deploy-assistant" }, { limit: 5 });
  expect(items[0]?.attributes).toMatchObject({ "embedding.model_name": "text-embedding-3-small" });
  expect(JSON.stringify(items)).not.toContain("very private");
});
