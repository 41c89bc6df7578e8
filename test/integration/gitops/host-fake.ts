/** The pull-request part of GitHub's and GitLab's interfaces, as far as Switchback calls it: for one project. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

interface HostCall {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

export interface HostFake {
  url: string;
  calls: HostCall[];
  /** What the next calls are answered, one after the other; afterwards the host works. */
  troubles: { status: number; body: unknown }[];
}

/** Requests stay open; a second one for the same branch is refused as the real host refuses it. */
export async function fakeHost(kind: "github" | "gitlab"): Promise<HostFake> {
  const calls: HostCall[] = [];
  const troubles: HostFake["troubles"] = [];
  const open: { branch: string; url: string }[] = [];
  const answer = (call: HostCall): { status: number; body: unknown } => {
    const trouble = troubles.shift();
    if (trouble !== undefined) return trouble;
    return kind === "github" ? github(call, open) : gitlab(call, open);
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const call = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
      calls.push(call);
      const { status, body } = answer(call);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A listening TCP server has an address with a port.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, troubles };
}

type Open = { branch: string; url: string }[];

function github({ method, path, body }: HostCall, open: Open): { status: number; body: unknown } {
  if (!path.startsWith("/repos/acme/prompts/pulls")) return { status: 404, body: { message: "Not Found" } };
  if (method === "GET") {
    const head = new URL(path, "http://localhost").searchParams.get("head");
    return {
      status: 200,
      body: open.filter(({ branch }) => `acme:${branch}` === head).map(({ url }) => ({ html_url: url })),
    };
  }
  const branch = String(body["head"]);
  if (open.some((one) => one.branch === branch)) {
    const message = `A pull request already exists for acme:${branch}.`;
    return {
      status: 422,
      body: { message: "Validation Failed", errors: [{ resource: "PullRequest", code: "custom", message }] },
    };
  }
  const url = `https://github.example/acme/prompts/pull/${open.length + 1}`;
  open.push({ branch, url });
  return { status: 201, body: { number: open.length, html_url: url, state: "open" } };
}

function gitlab({ method, path, body }: HostCall, open: Open): { status: number; body: unknown } {
  if (!path.startsWith("/projects/acme%2Fprompts/merge_requests"))
    return { status: 404, body: { message: "404 Project Not Found" } };
  if (method === "GET") {
    const branch = new URL(path, "http://localhost").searchParams.get("source_branch");
    return { status: 200, body: open.filter((one) => one.branch === branch).map(({ url }) => ({ web_url: url })) };
  }
  const branch = String(body["source_branch"]);
  if (open.some((one) => one.branch === branch)) {
    return { status: 409, body: { message: ["Another open merge request already exists for this source branch: !1"] } };
  }
  const url = `https://gitlab.example/acme/prompts/-/merge_requests/${open.length + 1}`;
  open.push({ branch, url });
  return { status: 201, body: { iid: open.length, web_url: url, state: "opened" } };
}
