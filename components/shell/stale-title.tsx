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
    const usual = new Map<Element, string>();
    // The next page brings a title of its own, and the script's start may bring an icon of its own.
    const mark = (): void => {
      for (const icon of document.querySelectorAll("link[rel=icon]")) {
        const href = icon.getAttribute("href");
        if (href === null || href === STALE_ICON) continue;
        usual.set(icon, href);
        icon.setAttribute("href", STALE_ICON);
      }
      if (!document.title.startsWith(prefix)) document.title = `${prefix}${document.title}`;
    };
    const watcher = new MutationObserver(mark);
    watcher.observe(document.head, { childList: true, subtree: true, characterData: true });
    mark();
    return () => {
      watcher.disconnect();
      document.title = document.title.replace(prefix, "");
      for (const [icon, href] of usual) icon.setAttribute("href", href);
    };
  }, [prefix]);
  return null;
}
