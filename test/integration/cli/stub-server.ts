/** A server of one answer after the other, for what the real one does rarely: changes, refusals, nonsense, silence. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface StubAnswer {
  status?: number;
  /** Objects are sent as JSON, text as it is. */
  body?: unknown;
  /** Sends half of the body and hangs up. */
  breaksOff?: boolean;
}

export interface StubServer {
  url: string;
  /** `POST /api/v1/gates` and the parsed body, as they came. */
  asked: { call: string; body: unknown }[];
}

/** Gives the answers in turn, the last one for ever. */
export async function startStub(...answers: readonly StubAnswer[]): Promise<StubServer> {
  const asked: StubServer["asked"] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      asked.push({ call: `${request.method} ${request.url}`, body });
      give(response, answers[Math.min(asked.length, answers.length) - 1] ?? {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A listening TCP server has an address with a port.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}

function give(response: ServerResponse, { status = 200, body = {}, breaksOff = false }: StubAnswer): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-length": Buffer.byteLength(text) });
  if (!breaksOff) {
    response.end(text);
    return;
  }
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}
