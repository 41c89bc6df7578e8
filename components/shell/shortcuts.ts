"use client";
/**
 * Single-key shortcuts: never in a field, never with a modifier, never an action that changes production, and they can
 * be switched off. Sequences like `g o` wait a second for their second key.
 */
import { useEffect } from "react";
import { createPreference } from "@/components/ui/preference";
import { runPageKey } from "./page-keys";

export const shortcutsPreference = createPreference("switchback.keys", ["on", "off"], "on");

export interface Shortcut {
  /** `g o`, `?`, `Shift+R`. */
  keys: string;
  /** For the sheet: `Go to Overview`. */
  title: string;
  run: () => void;
}

const SEQUENCE_MS = 1000;
const FIELDS = "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true]";

/** The key of an event as it is written in a shortcut, or undefined where no shortcut may fire. */
export function keyOf(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">,
): string | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key.length > 1 && event.key !== "Escape") return undefined;
  const isLetter = /^[a-z]$/i.test(event.key);
  return isLetter && event.shiftKey ? `Shift+${event.key.toUpperCase()}` : event.key;
}

/** What a key does after `pending`: run a shortcut, wait for the next key, or nothing. */
export function matchKeys(
  shortcuts: readonly Shortcut[],
  pending: string,
  key: string,
): { run?: Shortcut; pending: string } {
  const typed = pending === "" ? key : `${pending} ${key}`;
  const exact = shortcuts.find((shortcut) => shortcut.keys === typed);
  if (exact !== undefined) return { run: exact, pending: "" };
  const isPrefix = shortcuts.some((shortcut) => shortcut.keys.startsWith(`${typed} `));
  if (isPrefix) return { pending: typed };
  return pending === "" ? { pending: "" } : matchKeys(shortcuts, "", key);
}

export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const preference = shortcutsPreference.use();
  useEffect(() => {
    if (preference === "off") return;
    let pending = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : null;
      const isTaken = event.defaultPrevented || event.isComposing || target?.closest(FIELDS) != null;
      const key = isTaken || document.querySelector("[role=dialog]") !== null ? undefined : keyOf(event);
      if (key === undefined) return;
      const match = matchKeys(shortcuts, pending, key);
      pending = match.pending;
      clearTimeout(timer);
      timer = setTimeout(() => (pending = ""), SEQUENCE_MS);
      if (match.run !== undefined) {
        event.preventDefault();
        match.run.run();
      } else if (pending === "" && runPageKey(key)) {
        event.preventDefault();
      }
    };
    globalThis.addEventListener("keydown", onKeyDown);
    return () => {
      clearTimeout(timer);
      globalThis.removeEventListener("keydown", onKeyDown);
    };
  }, [shortcuts, preference]);
}
