/** Load as gateways make it: gzip batches of 500 GenAI spans over kept connections, sent again when turned away. */
import { Agent, request } from "node:http";
import { gzipSync } from "node:zlib";
import { benchSpans, encodeJson, encodeProtobuf, randomFrom } from "./genai-spans";

const BATCH = 500;
const CONNECTIONS = 8;

const ENCODINGS = {
  protobuf: { encode: encodeProtobuf, type: "application/x-protobuf" },
  json: { encode: encodeJson, type: "application/json" },
} as const;
export type Encoding = keyof typeof ENCODINGS;

/** An intake's port and a token it takes. */
export interface Target {
  port: number;
  token: string;
}

/**
 * Batches of one encoding, compressed; the same seed gives the same spans. All began within a second, or one after the
 * other as `perSecond` of them would.
 */
export function batches({
  encoding,
  spans,
  seed,
  perSecond = Infinity,
}: {
  encoding: Encoding;
  spans: number;
  seed: number;
  perSecond?: number;
}): Buffer[] {
  const random = randomFrom(seed);
  const nowMs = Date.now();
  return Array.from({ length: Math.ceil(spans / BATCH) }, (_, batch) =>
    gzipSync(ENCODINGS[encoding].encode(benchSpans(BATCH, nowMs + (batch * BATCH * 1000) / perSecond, random))),
  );
}

/** Sends all bodies over eight connections; returns spans and seconds. @throws Error for an answer that is no success. */
export async function sendAll(
  target: Target,
  encoding: Encoding,
  bodies: readonly Buffer[],
): Promise<{ spans: number; seconds: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const queue = [...bodies];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
        await send({ ...target, agent, type: ENCODINGS[encoding].type }, body);
      }
    }),
  );
  agent.destroy();
  return { spans: bodies.length * BATCH, seconds: (performance.now() - startedMs) / 1000 };
}

interface Connection extends Target {
  agent: Agent;
  type: string;
}

/** Sends one batch; one that is turned away for load is sent again, as an exporter would. */
async function send(connection: Connection, body: Buffer): Promise<void> {
  const status = await post(connection, body);
  if (status === 429 || status === 503) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return send(connection, body);
  }
  if (status !== 200) throw new Error(`the intake answered ${status}`);
}

async function post({ port, token, agent, type }: Connection, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": type,
      "content-encoding": "gzip",
      "content-length": body.length,
      authorization: `Bearer ${token}`,
    };
    const call = request({ port, agent, method: "POST", path: "/v1/traces", headers }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    call.once("error", reject);
    call.end(body);
  });
}
