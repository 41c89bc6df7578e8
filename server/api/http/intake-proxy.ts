/** Hands telemetry that arrives at the first port to the intake process, streaming both ways and holding nothing back. */
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Log } from "@/server/api/context";
import { problemOf } from "@/server/api/problem";
import { sendProblem } from "@/server/api/rest/answer";

const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"]);

export interface IntakeProxy {
  /** True for the calls that belong to the intake. */
  takes: (method: string, pathname: string) => boolean;
  forward: (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<void>;
  close: () => void;
}

/** `host` and `port` are the intake's own listener. */
export function createIntakeProxy(target: { host: string; port: number }, log: Log): IntakeProxy {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    takes: (method, pathname) =>
      pathname === "/v1/traces" ||
      pathname === "/v1/logs" ||
      // Not taken, and said in OTLP's own words: an exporter that is pointed here for all three signals learns why.
      pathname === "/v1/metrics" ||
      (method === "POST" && (pathname === "/api/v1/requests" || pathname === "/api/v1/scores")),
    forward: async (request, response, requestId) => {
      try {
        await exchange({ agent, target, request, response });
      } catch (error) {
        log.warn({ requestId, err: error }, "the intake did not answer");
        if (response.headersSent) {
          response.destroy();
          return;
        }
        const detail = "the telemetry intake does not answer; nothing was stored, send the batch again";
        sendProblem(response, problemOf({ code: "unavailable", detail, requestId }));
      }
    },
    close: () => agent.destroy(),
  };
}

async function exchange(call: {
  agent: Agent;
  target: { host: string; port: number };
  request: IncomingMessage;
  response: ServerResponse;
}): Promise<void> {
  const { agent, target, request, response } = call;
  const { method = "POST", url = "/" } = request;
  const outgoing = httpRequest({ ...target, method, path: url, headers: withoutHops(request.headers), agent });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    // Stays on: the intake may answer 413 and close while the rest of the body still comes in.
    outgoing.on("error", reject);
  });
  // A client that goes away ends the forwarded request too: half a batch must not wait for its rest. One that was
  // answered in the middle of its body sends on until it has read the answer; that rest is dropped.
  response.once("close", () => {
    request.unpipe(outgoing).resume();
    outgoing.destroy();
  });
  // `pipe`, not `pipeline`: a refused connection must leave the client's open, so that it gets an answer.
  request.pipe(outgoing);
  const incoming = await answered;
  response.writeHead(incoming.statusCode ?? 502, withoutHops(incoming.headers));
  await pipeline(incoming, response);
}

function withoutHops(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
