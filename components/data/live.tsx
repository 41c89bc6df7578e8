"use client";
/** Keeps a page current: the event stream says what is old, the queries ask again. Polls faster while the stream is lost. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { openEventChannel, type ChannelState } from "./event-channel";
import { isOfRouter, routersOf } from "./topics";

interface Live {
  channel: ChannelState;
  /** The reader has stopped the page; nothing changes until they let it go on. */
  frozen: boolean;
  setFrozen: (frozen: boolean) => void;
}

const LiveContext = createContext<Live>({
  channel: { status: "connecting", sinceMs: 0 },
  frozen: false,
  setFrozen: () => undefined,
});

export function LiveProvider(props: { application: string; children: ReactNode }): ReactNode {
  const queryClient = useQueryClient();
  const [channel, setChannel] = useState<ChannelState>({ status: "connecting", sinceMs: 0 });
  const [frozen, setFrozen] = useState(false);
  const isFrozen = useRef(false);
  const missed = useRef(new Set<string>());

  useEffect(() => {
    const refresh = (topics: readonly string[]): void => {
      const routers = routersOf(topics);
      void queryClient.invalidateQueries({ predicate: (query) => isOfRouter(query.queryKey, routers) });
    };
    return openEventChannel({
      application: props.application,
      onState: setChannel,
      onTopics: (topics) => {
        if (isFrozen.current) for (const topic of topics) missed.current.add(topic);
        else refresh(topics);
      },
    });
  }, [props.application, queryClient]);

  useEffect(() => {
    isFrozen.current = frozen;
    if (frozen || missed.current.size === 0) return;
    const routers = routersOf([...missed.current]);
    missed.current.clear();
    void queryClient.invalidateQueries({ predicate: (query) => isOfRouter(query.queryKey, routers) });
  }, [frozen, queryClient]);

  const value = useMemo(() => ({ channel, frozen, setFrozen }), [channel, frozen]);
  return <LiveContext value={value}>{props.children}</LiveContext>;
}

export function useLive(): Live {
  return use(LiveContext);
}

/** Query options of everything that a page keeps current: a slow beat beside the stream, a fast one without it. */
export function useLiveQuery(): { refetchInterval: number | false; refetchOnWindowFocus: "always" | false } {
  const { channel, frozen } = use(LiveContext);
  if (frozen) return { refetchInterval: false, refetchOnWindowFocus: false };
  return { refetchInterval: channel.status === "open" ? 15_000 : 5000, refetchOnWindowFocus: "always" };
}
