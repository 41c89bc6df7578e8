"use client";
/** A tab in the background must not look current: its title and its icon say when the data stopped or the stream was lost. */
import { useEffect, type ReactNode } from "react";
import { useLive } from "@/components/data/live";
import type { Overview } from "@/components/data/outputs";
import { useFreshness } from "@/components/ui/freshness";

/** The product's sign in grey, with an empty ring: nothing is known about now. */
const STALE_ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none"><rect width="32" height="32" rx="7" fill="#868c96"/><circle cx="16" cy="16" r="8" stroke="#fff" stroke-width="3" stroke-dasharray="4 3"/></svg>',
)}`;

export function StaleTitle({ overview }: { overview: Overview }): ReactNode {
  const state = useFreshness(overview.freshness);
  const { channel } = useLive();
  const prefix =
    state === "stale" || state === "unreachable" ? "(stale) " : channel.status === "lost" ? "(reconnecting) " : "";
  useEffect(() => {
    if (prefix === "") return;
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    const usual = icon?.getAttribute("href") ?? null;
    icon?.setAttribute("href", STALE_ICON);
    // The next page brings a title of its own.
    const mark = (): void => {
      if (!document.title.startsWith(prefix)) document.title = `${prefix}${document.title}`;
    };
    const watcher = new MutationObserver(mark);
    watcher.observe(document.head, { childList: true, subtree: true, characterData: true });
    mark();
    return () => {
      watcher.disconnect();
      document.title = document.title.replace(prefix, "");
      if (usual !== null) icon?.setAttribute("href", usual);
    };
  }, [prefix]);
  return null;
}
