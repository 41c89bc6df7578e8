/** The command line's HTTP client: calls the server and turns what it refuses into readable errors. It holds no state. */
import type { Issue } from "@/server/domain/errors";

/** Longest wait for an answer; no call of the command line takes the server that long. */
const TIMEOUT_MS = 60_000;

interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
}

export interface Client {
  /**
   * Calls the server and returns the parsed answer; the caller names the shape that the contract promises.
   * @throws CallFailed with the server's words, or when it cannot be reached.
   */
  call: <T>(request: Call) => Promise<T>;
  /** The answer's text as it comes, for answers without an end in sight. @throws as `call`, also when it breaks off. */
  stream: (request: Call) => AsyncGenerator<string>;
}

/** A call without a good answer: what was said, and the HTTP status; 0 when nothing was heard. */
export class CallFailed extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "CallFailed";
    this.status = status;
  }
}

/** A client of the server at `url`. */
export function createClient(settings: { url: string; token: string | undefined }): Client {
  return {
    call: async <T>(request: Call): Promise<T> => {
      const response = await send(settings, request, AbortSignal.timeout(TIMEOUT_MS));
      const text = await heard(settings.url, response.text());
      try {
        return JSON.parse(text) as T;
      } catch {
        throw new CallFailed(`${settings.url} did not answer in JSON: is SWITCHBACK_URL a Switchback server?`, 0);
      }
    },
    stream: async function* (request) {
      const response = await send(settings, request);
      const decoder = new TextDecoder();
      const chunks = (response.body ?? new ReadableStream<Uint8Array>()).values();
      for (;;) {
        const { done, value } = await heard(settings.url, chunks.next());
        if (done === true) return;
        yield decoder.decode(value, { stream: true });
      }
    },
  };
}

async function send(
  { url, token }: { url: string; token: string | undefined },
  request: Call,
  signal?: AbortSignal,
): Promise<Response> {
  const target = new URL(request.path, url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  const response = await heard(
    target.origin,
    fetch(target, {
      method: request.method ?? "GET",
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  if (response.ok) return response;
  throw new CallFailed(describeProblem(response.status, await heard(target.origin, response.text())), response.status);
}

/** The outcome of something on the network; its failure in words. */
async function heard<T>(url: string, waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CallFailed(
      `${url} does not answer (${why}): is the server running, and SWITCHBACK_URL or --url right?`,
      0,
    );
  }
}

interface Problem {
  title?: string;
  detail?: string;
  errors?: Issue[];
}

/** `line 3, column 24: /thresholds/error_rate/action: must be …`: where it stands, as far as that is known. */
export function describeIssue({ pointer, message, line, column }: Issue): string {
  const place = line === undefined ? "" : `line ${line}, column ${column ?? 1}: `;
  return `${place}${pointer === "" ? "" : `${pointer}: `}${message}`;
}

const TOKEN_REMEDY = "set SWITCHBACK_TOKEN to a token made by: switchback token create --name NAME --scope read";

function describeProblem(status: number, text: string): string {
  const problem = parseProblem(text);
  if (problem === undefined) return `the server answered HTTP ${status}: ${text.slice(0, 300)}`;
  const detail = problem.detail ?? problem.title ?? `HTTP ${status}`;
  const issues = (problem.errors ?? []).map((issue) => `  ${describeIssue(issue)}`);
  return [detail, ...issues, ...(status === 401 ? [`  ${TOKEN_REMEDY}`] : [])].join("\n");
}

/** Undefined for anything but a problem document: a proxy between may answer in its own words. */
function parseProblem(text: string): Problem | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    // Every member is optional, and read as text only.
    return typeof parsed === "object" && parsed !== null ? (parsed as Problem) : undefined;
  } catch {
    return undefined;
  }
}
