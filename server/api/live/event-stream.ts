/** One Server-Sent Events answer: headers at once, pings, and an end with the client, with the server, or when too slow. */
import type { ServerResponse } from "node:http";

const PING_MS = 15_000;
/** A stream ends after this time: the client comes back at once, and shows that it still may. */
const LONGEST_MS = 3_600_000;
/** A client this far behind is cut off: it reconnects and is told what it missed. */
const BACKLOG_LIMIT_BYTES = 1024 * 1024;

export interface EventStream {
  /** Aborts when the stream has ended, for whatever reason. */
  ended: AbortSignal;
  send: (event: { id: number; event: string; data: unknown }) => void;
}

/** Opens the stream on `response`; `shutdown` ends it when the process stops. */
export function openEventStream(response: ServerResponse, shutdown: AbortSignal): EventStream {
  const ended = new AbortController();
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    // Proxies must pass events on one by one.
    "x-accel-buffering": "no",
  });
  response.write("retry: 1000\n\n");
  const ping = setInterval(() => response.write(": ping\n\n"), PING_MS);
  const close = (): void => {
    response.end();
  };
  const lapse = setTimeout(close, LONGEST_MS);
  shutdown.addEventListener("abort", close);
  // The response's own close: the request's fires as soon as its empty body has been read.
  response.once("close", () => {
    clearInterval(ping);
    clearTimeout(lapse);
    shutdown.removeEventListener("abort", close);
    ended.abort();
  });
  if (shutdown.aborted) close();
  return {
    ended: ended.signal,
    send: ({ id, event, data }) => {
      if (ended.signal.aborted || response.writableEnded) return;
      response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (response.writableLength > BACKLOG_LIMIT_BYTES) response.destroy();
    },
  };
}

/** `Last-Event-ID` as the browser sends it again, or undefined. */
export function lastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
