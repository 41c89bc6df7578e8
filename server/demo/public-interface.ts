/** The demo's only way in: the public HTTP interface, as a gateway and a CI pipeline use it. */
import { setTimeout as delay } from "node:timers/promises";

export interface PublicInterface {
  /** Calls the control API and returns the parsed answer. */
  control<T>(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<T>;
  /** Posts request records to the intake; retries while it is under pressure. */
  sendRequests(requests: readonly unknown[]): Promise<{ accepted: number }>;
}

/** @throws Error with the server's words when a call is refused. */
export function publicInterface(settings: { url: string; intakeUrl: string; token: string }): PublicInterface {
  const headers = { authorization: `Bearer ${settings.token}`, "content-type": "application/json" };
  return {
    control: async <T>(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<T> => {
      const init: RequestInit = { method, headers };
      if (body !== undefined) init.body = JSON.stringify(body);
      const response = await fetch(new URL(path, settings.url), init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      // Shapes are the public contract's.
      return JSON.parse(text) as T;
    },
    sendRequests: async (requests) => {
      for (;;) {
        const response = await fetch(new URL("/api/v1/requests", settings.intakeUrl), {
          method: "POST",
          headers,
          body: JSON.stringify({ requests }),
        });
        const text = await response.text();
        if (response.ok) {
          const answer = JSON.parse(text) as { accepted: number; rejected: unknown[] };
          if (answer.rejected.length > 0)
            throw new Error(`the intake refused records: ${JSON.stringify(answer.rejected[0])}`);
          return answer;
        }
        if (response.status !== 429 && response.status !== 503) throw new Error(`requests: ${response.status} ${text}`);
        await delay(1_000 * Number(response.headers.get("retry-after") ?? 1));
      }
    },
  };
}
