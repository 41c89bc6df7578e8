/**
 * The intake's HTTP listener: finds the call, checks access, reads the body within its bounds, answers when the commit is
 * done. Under pressure it turns callers away early, before their body costs memory.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { checkAccess } from "./access";
import { NotStoredError } from "./commit-queue";
import type { Answer, Failure } from "./intake-answer";
import { failure, failureOf, problemAnswer, statusAnswer, textAnswer } from "./intake-answer";
import type { Call, IntakeParts } from "./intake-calls";
import { takeLogs, takeRequests, takeScores, takeTraces } from "./intake-calls";
import type { Gauges } from "./intake-metrics";
import { readBody } from "./read-body";

/** Bodies held at a time, compressed or not, in multiples of the largest one. */
const BODIES_IN_MEMORY = 4;
const HEADERS_TIMEOUT_MS = 15_000;
/** A slow sender has this long for its whole request. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than exporters pause between batches: who closes first must not be the one who is about to be sent to. */
const KEEP_ALIVE_MS = 75_000;
/** Senders that are in the middle of a body have this long at the end. */
const CLOSE_PATIENCE_MS = 5_000;

export interface IntakeServerSettings extends IntakeParts {
  /** Largest body after decompression, bytes. */
  maxBytes: number;
  gauges: () => Omit<Gauges, "bytesInFlight">;
  /** Calls whose body is being read; the listener counts them here. */
  reading: { calls: number };
  /** Whether the databases can be used: `undefined`, or what is wrong. */
  ready: () => string | undefined;
  /** Hears of failures that say nothing to the caller. */
  onError: (error: unknown, path: string) => void;
}

interface Route {
  isOtlp: boolean;
  take: (parts: IntakeParts, call: Call) => Promise<Answer>;
}

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ["/v1/traces", { isOtlp: true, take: takeTraces }],
  ["/v1/logs", { isOtlp: true, take: takeLogs }],
  ["/api/v1/requests", { isOtlp: false, take: takeRequests }],
  ["/api/v1/scores", { isOtlp: false, take: takeScores }],
]);

/** A listener that can be ended without dropping what it has begun. */
export interface IntakeServer {
  server: Server;
  /** Accepts no new connection, answers what is being read, and resolves when the last connection is closed. */
  close: () => Promise<void>;
}

/** Creates the server; the caller lets it listen. */
export function createIntakeServer(settings: IntakeServerSettings): IntakeServer {
  const listener = new IntakeListener(settings);
  const server = createServer((request, response) => void listener.handle(request, response));
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return {
    server,
    close: async () => {
      listener.closing = true;
      const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE_MS);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(impatient);
    },
  };
}

class IntakeListener {
  readonly #settings: IntakeServerSettings;
  #bytesInFlight = 0;
  /** Connections are not kept for another request. */
  closing = false;

  constructor(settings: IntakeServerSettings) {
    this.#settings = settings;
  }

  /** Never rejects: every failure is an answer. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const route = ROUTES.get(path);
    const answer = await this.#take(request, path, route);
    this.#settings.metrics.answered(route === undefined ? "other" : path, answer.status);
    if (this.closing) response.setHeader("connection", "close");
    send(request, response, answer);
  }

  async #take(request: IncomingMessage, path: string, route: Route | undefined): Promise<Answer> {
    const contentType = request.headers["content-type"] ?? "";
    const tell = (failed: Failure): Answer =>
      route?.isOtlp === true ? statusAnswer(contentType, failed) : problemAnswer(failed);
    try {
      if (route === undefined) return this.#other(request, path);
      if (request.method !== "POST") return tell(failure(405, `${path} takes POST`, { allow: "POST" }));
      return await this.#answer(request, contentType, route);
    } catch (error) {
      const failed = failureOf(error);
      if (failed.cause !== undefined) this.#settings.onError(failed.cause, path);
      return tell(failed);
    }
  }

  async #answer(request: IncomingMessage, contentType: string, route: Route): Promise<Answer> {
    const { facts, clock, maxBytes, reading } = this.#settings;
    facts.refresh();
    checkAccess(request, facts, clock());
    const reserved = this.#reserve(request, maxBytes);
    try {
      const body = await counted(reading, async () => readBody(request, maxBytes));
      return await route.take(this.#settings, { body, contentType });
    } finally {
      this.#bytesInFlight -= reserved;
    }
  }

  /** Sets memory aside for a body: what it says it has, since few bodies lie about it, but at least a little. */
  #reserve(request: IncomingMessage, maxBytes: number): number {
    const declared = Number(request.headers["content-length"] ?? 0);
    const bytes = Math.min(maxBytes, Math.max(64 * 1024, declared));
    if (this.#bytesInFlight > 0 && this.#bytesInFlight + bytes > maxBytes * BODIES_IN_MEMORY) {
      throw new NotStoredError("overloaded", "too many bodies are being read: send again later", 1);
    }
    this.#bytesInFlight += bytes;
    return bytes;
  }

  #other(request: IncomingMessage, path: string): Answer {
    if (path === "/v1/metrics") {
      const detail = "metrics are not taken: requests and their windows come from spans";
      return statusAnswer(request.headers["content-type"] ?? "", failure(404, detail));
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return problemAnswer(failure(404, `there is no ${request.method ?? ""} ${path} here`));
    }
    switch (path) {
      case "/healthz":
        return textAnswer(200, "ok\n");
      case "/readyz": {
        const wrong = this.#settings.ready();
        return wrong === undefined ? textAnswer(200, "ready\n") : textAnswer(503, `${wrong}\n`);
      }
      case "/metrics":
        return {
          ...textAnswer(
            200,
            this.#settings.metrics.render({ ...this.#settings.gauges(), bytesInFlight: this.#bytesInFlight }),
          ),
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        };
      default:
        return problemAnswer(failure(404, `there is no ${path} here`));
    }
  }
}

async function counted<T>(reading: { calls: number }, work: () => Promise<T>): Promise<T> {
  reading.calls += 1;
  try {
    return await work();
  } finally {
    reading.calls -= 1;
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
  // What is left of a body that nobody will read is dropped as it comes; the server's patience bounds it.
  if (!request.complete) request.resume();
}
