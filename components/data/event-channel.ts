"use client";
/**
 * One event stream per browser, shared by its tabs: a browser allows six connections to one server, and on-call people
 * open many tabs. The tab that holds the lock listens and tells the others; when it closes, the next one takes over.
 * Where locks are missing (plain HTTP), each visible tab listens for itself and lets go when hidden.
 */

import { TOPICS } from "./topics";

export interface ChannelState {
  status: "connecting" | "open" | "lost";
  /** Since when the stream has been lost, epoch ms of this machine. */
  sinceMs: number;
}

interface ChannelOptions {
  application: string;
  onTopics: (topics: string[]) => void;
  onState: (state: ChannelState) => void;
}

type Message = { kind: "topics"; topics: string[] } | { kind: "state"; state: ChannelState } | { kind: "hello" };

/** Starts listening; the function that it returns stops. */
export function openEventChannel({ application, onTopics, onState }: ChannelOptions): () => void {
  const stop = new AbortController();
  const name = `switchback.events.${application}`;
  const radio = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name);
  let last: ChannelState = { status: "connecting", sinceMs: Date.now() };
  let isLeader = false;

  const share = (message: Message): void => {
    if (stop.signal.aborted) return;
    if (message.kind === "topics") onTopics(message.topics);
    if (message.kind === "state") onState((last = message.state));
    radio?.postMessage(message);
  };
  radio?.addEventListener("message", (event: MessageEvent<Message>) => {
    const message = event.data;
    if (message.kind === "topics") onTopics(message.topics);
    else if (message.kind === "state") onState((last = message.state));
    else if (isLeader) radio.postMessage({ kind: "state", state: last } satisfies Message);
  });
  radio?.postMessage({ kind: "hello" } satisfies Message);

  const listen = (): (() => void) => {
    isLeader = true;
    return listenTo(`/api/v1/events?application=${encodeURIComponent(application)}`, share);
  };
  // Locks exist in secure contexts only; the types do not say so.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) listenWhileVisible(listen, stop.signal);
  else lead(locks, { name, listen, signal: stop.signal });
  return () => {
    stop.abort();
    radio?.close();
  };
}

function lead(locks: LockManager, leader: { name: string; listen: () => () => void; signal: AbortSignal }): void {
  const held = locks.request(leader.name, { signal: leader.signal }, async () => {
    const close = leader.listen();
    await new Promise<void>((resolve) => leader.signal.addEventListener("abort", () => resolve(), { once: true }));
    close();
  });
  // Waiting for the lock ends with an abort when this tab stops: that is its ordinary end.
  held.catch((error: unknown) => {
    if (!leader.signal.aborted) throw error;
  });
}

function listenWhileVisible(listen: () => () => void, signal: AbortSignal): void {
  let close: (() => void) | null = null;
  const follow = (): void => {
    if (document.visibilityState === "visible") close ??= listen();
    else {
      close?.();
      close = null;
    }
  };
  document.addEventListener("visibilitychange", follow, { signal });
  signal.addEventListener("abort", () => close?.(), { once: true });
  follow();
}

/** Browsers reconnect by themselves after a network error, but give up on an HTTP error: then this does it. */
function listenTo(url: string, share: (message: Message) => void): () => void {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let lostAtMs: number | null = null;
  const connect = (): void => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      // What happened since the page was made, or while the stream was lost, is unknown: everything is asked again.
      share({ kind: "topics", topics: [...TOPICS] });
      lostAtMs = null;
      share({ kind: "state", state: { status: "open", sinceMs: Date.now() } });
    });
    source.addEventListener("invalidate", (event: MessageEvent<string>) => {
      share({ kind: "topics", topics: topicsOf(event.data) });
    });
    source.addEventListener("error", () => {
      lostAtMs ??= Date.now();
      share({ kind: "state", state: { status: "lost", sinceMs: lostAtMs } });
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 3000);
    });
  };
  connect();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}

/** The topics of an event's data; anything else has none. */
export function topicsOf(data: string): string[] {
  try {
    const parsed: unknown = JSON.parse(data);
    const topics = typeof parsed === "object" && parsed !== null && "topics" in parsed ? parsed.topics : [];
    return Array.isArray(topics) ? topics.filter((topic) => typeof topic === "string") : [];
  } catch {
    return [];
  }
}
