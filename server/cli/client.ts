/** The command line's HTTP client: one call, problem documents turned into readable errors. It holds no state. */

export interface ClientSettings {
  url: string;
  token: string | undefined;
}

interface Problem {
  title?: string;
  detail?: string;
  errors?: { pointer: string; detail?: string; message?: string }[];
}

/** A refused call: what the server said, and the process exit code that fits. */
export class CallFailed extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "CallFailed";
    this.status = status;
  }
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
}

/** Calls the server and returns the parsed answer. @throws CallFailed with the server's words, or when it is not reachable. */
export async function call<T>(settings: ClientSettings, request: Call): Promise<T> {
  const url = new URL(request.path, settings.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { accept: "application/json" };
  if (settings.token !== undefined) headers["authorization"] = `Bearer ${settings.token}`;
  if (request.body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method: request.method ?? "GET", headers };
  if (request.body !== undefined) init.body = JSON.stringify(request.body);
  const response = await reach(url, init);
  const text = await response.text();
  if (!response.ok) throw new CallFailed(describeProblem(response.status, text), response.status);
  // The contract promises JSON for every 2xx answer of these paths; the caller names the shape it relies on.
  return JSON.parse(text) as T;
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CallFailed(
      `${url.origin} does not answer (${cause}). Is the server running, and SWITCHBACK_URL right?`,
      0,
    );
  }
}

function describeProblem(status: number, text: string): string {
  let problem: Problem;
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    return `HTTP ${status}: ${text.slice(0, 300)}`;
  }
  const lines = [problem.detail ?? problem.title ?? `HTTP ${status}`];
  for (const error of problem.errors ?? []) lines.push(`  ${error.pointer}: ${error.detail ?? error.message ?? ""}`);
  if (status === 401)
    lines.push("  Set SWITCHBACK_TOKEN to a token made by: switchback token create --name NAME --scope read");
  return lines.join("\n");
}
