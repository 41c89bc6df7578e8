/** Serves bare repositories over git's smart HTTP protocol with Basic authentication, through git's own http-backend. */
import { execFileSync, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

export interface SmartHttp {
  /** The address of the repository. */
  url: string;
  /** Whoever else asks is refused. */
  credentials: { username: string; token: string };
  /** Authorisations that were sent, as they came. */
  seen: string[];
}

/** Serves the repository's folder as `/acme/prompts.git` does on a host. */
export async function serveOverHttp(repository: string, credentials: SmartHttp["credentials"]): Promise<SmartHttp> {
  execFileSync("git", ["-C", repository, "config", "http.receivepack", "true"]);
  const backend = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const expected = `Basic ${Buffer.from(`${credentials.username}:${credentials.token}`).toString("base64")}`;
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) seen.push(authorization);
    if (authorization !== expected) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("who are you?");
      return;
    }
    runBackend(backend, repository, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/acme/prompts.git`, credentials, seen };
}

function runBackend(backend: string, repository: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const inRepository = url.pathname.replace(
    "/acme/prompts.git",
    `/${repository.slice(dirname(repository).length + 1)}`,
  );
  const child = spawn(backend, {
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_ENV: "test",
      GIT_PROJECT_ROOT: dirname(repository),
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "switchback",
      REMOTE_ADDR: "127.0.0.1",
      PATH_INFO: inRepository,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf("\r\n\r\n");
    const headers = output
      .toString("latin1", 0, Math.max(end, 0))
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = Number(headers.find(([name]) => name === "Status")?.[1].split(" ")[0] ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== "Status")));
    response.end(output.subarray(end + 4));
  });
}
