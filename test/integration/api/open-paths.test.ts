/** What everyone may read, and the way to the intake: probes, figures, and telemetry that arrives at the first port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { acquireLease } from "@/server/store/control/leases";
import { sendAllThenRead } from "@/test/integration/harness/patient-client";
import { startApi } from "./api-server";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** An intake that answers as told. */
async function startIntake(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("probes", () => {
  test("/healthz answers while the process lives, whatever else is broken", async () => {
    const api = await startApi();
    api.world.db.$client.close();
    expect(await api.call("GET", "/healthz")).toMatchObject({ status: 200, json: { status: "ok" } });
  });

  test("/readyz needs the database, the intake and a controller whose lease is fresh", async () => {
    const intakePort = await startIntake((_, response) => void response.end("ok"));
    const api = await startApi({ intakePort });
    const ready = () => api.call("GET", "/readyz");
    expect(await ready()).toMatchObject({
      status: 503,
      json: { ready: false, checks: { database: true, controller: false, intake: true } },
    });
    acquireLease(api.world.db, { name: "controller", holder: "test", nowMs: api.clock.nowMs, ttlMs: 15_000 });
    expect(await ready()).toMatchObject({ status: 200, json: { ready: true } });
    api.clock.nowMs += 15_001;
    expect(await ready()).toMatchObject({ status: 503, json: { checks: { controller: false } } });
  });

  test("/readyz without an intake is 503", async () => {
    const api = await startApi();
    expect(await api.call("GET", "/readyz")).toMatchObject({ status: 503, json: { checks: { intake: false } } });
  });
});

describe("/metrics", () => {
  const LINE = /^[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? (-?[\d.]+(e[+-]?\d+)?|\+Inf|NaN)$/;

  test("is Prometheus text, with the figures of the control database and of the intake", async () => {
    const intakePort = await startIntake(
      (_, response) =>
        void response.end("# TYPE switchback_intake_batches_total counter\nswitchback_intake_batches_total 7\n"),
    );
    const api = await startApi({ intakePort });
    api.world.serve(api.world.release(1));
    await api.call("GET", "/api/v1/me");
    const { text: body, headers } = await api.call("GET", "/metrics");
    expect(headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const lines = body.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("#") && !LINE.test(line))).toEqual([]);
    expect(body).toContain('switchback_http_requests_total{part="api",method="GET",status="401"} 1\n');
    expect(body).toContain('switchback_alias_moves_total{application="deploy-assistant",alias="production"} 1\n');
    expect(body).toContain('switchback_http_request_duration_seconds_bucket{part="api",le="+Inf"} 1\n');
    expect(body).toContain("switchback_controller_up 0\n");
    expect(body).toContain("switchback_intake_batches_total 7\n");
  });

  test("keeps the naming rules: one TYPE per family, counters and none else end in _total", async () => {
    const api = await startApi();
    const { text: body } = await api.call("GET", "/metrics");
    const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => ({ name, type }));
    expect(new Set(types.map(({ name }) => name)).size).toBe(types.length);
    for (const { name, type } of types) expect(name.endsWith("_total"), name).toBe(type === "counter");
  });

  test("answers without the intake too", async () => {
    const api = await startApi();
    expect(await api.call("GET", "/metrics")).toMatchObject({ status: 200 });
  });
});

describe("telemetry at the first port", () => {
  const PATHS = ["/v1/traces", "/v1/logs", "/api/v1/requests", "/api/v1/scores"];

  test.each(PATHS)("%s goes to the intake as it came, and its answer comes back", async (path) => {
    const seen: { url: string | undefined; token: string | undefined; body: string }[] = [];
    const intakePort = await startIntake((request, response) => {
      void text(request).then((body) => {
        seen.push({ url: request.url, token: request.headers.authorization, body });
        response.writeHead(429, { "retry-after": "3", "content-type": "application/json" });
        response.end('{"accepted":0}');
      });
    });
    const api = await startApi({ intakePort });
    const answer = await api.call("POST", `${path}?x=1`, { token: "sbk_x", body: { requests: ["é"] } });
    expect(answer).toMatchObject({ status: 429, json: { accepted: 0 } });
    expect(answer.headers.get("retry-after")).toBe("3");
    expect(seen).toEqual([{ url: `${path}?x=1`, token: "Bearer sbk_x", body: '{"requests":["é"]}' }]);
  });

  test("reading requests is the API's own, not the intake's", async () => {
    const intakePort = await startIntake((_, response) => void response.end("intake"));
    const api = await startApi({ intakePort });
    expect((await api.call("GET", "/api/v1/requests")).text).not.toBe("intake");
  });

  test("a slow intake slows the sender down: the body is not gathered in between", async () => {
    // An intake that takes the request and then reads nothing of it.
    const intakePort = await startIntake(() => undefined);
    const api = await startApi({ intakePort });
    const abort = new AbortController();
    let sent = 0;
    const chunk = new Uint8Array(64 * 1024);
    const body = new ReadableStream({
      pull: (controller) => {
        if (sent >= 64 * 1024 * 1024) controller.close();
        else {
          sent += chunk.length;
          controller.enqueue(chunk);
        }
      },
    });
    const request = fetch(`${api.url}/v1/traces`, {
      method: "POST",
      body,
      duplex: "half",
      signal: abort.signal,
    } as RequestInit);
    request.catch(() => undefined);
    let before = -1;
    // Until nothing moves any more: the buffers on the way are full.
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    abort.abort();
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  test("an early refusal comes back although the body was not read", async () => {
    const intakePort = await startIntake((_, response) => {
      response.writeHead(413, { connection: "close" });
      response.end("too large");
    });
    const api = await startApi({ intakePort });
    const answer = await api.call("POST", "/v1/traces", { body: "x".repeat(1024) });
    expect(answer).toMatchObject({ status: 413, text: "too large" });
  });

  test("a refusal in the middle of a body reaches a client that sends everything before it reads", async () => {
    const intakePort = await startIntake((request, response) => {
      response.writeHead(413).end("too large");
      request.resume();
    });
    const api = await startApi({ intakePort });
    const answer = await sendAllThenRead(`${api.url}/v1/traces`, { bytes: 32 * 1024 * 1024, headers: {} });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test("metrics go there as well: the intake says in OTLP's own words that it takes none", async () => {
    const intakePort = await startIntake((request, response) => void response.writeHead(404).end(request.url));
    const api = await startApi({ intakePort });
    expect(await api.call("POST", "/v1/metrics", { body: "{}" })).toMatchObject({ status: 404, text: "/v1/metrics" });
  });

  test("without an intake it is 503 with Retry-After: nothing was taken", async () => {
    const api = await startApi();
    const answer = await api.call("POST", "/v1/traces", { body: "x".repeat(200_000) });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.json).toMatchObject({ detail: expect.stringContaining("nothing was stored") });
  });
});
