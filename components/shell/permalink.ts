"use client";
/** The link that `y` copies: the page as it is now, with absolute times, so that it shows the same picture tomorrow. */
import { useEffect } from "react";

let current: Readonly<Record<string, string>> = {};

/** Declares what the address must carry to show this picture again, e.g. the range that the server has chosen. */
export function usePermalink(query: Readonly<Record<string, string>>): void {
  const key = JSON.stringify(query);
  useEffect(() => {
    current = JSON.parse(key) as Record<string, string>;
    return () => {
      current = {};
    };
  }, [key]);
}

/** The present address with what the page has declared. What the address says already stays. */
export function permalink(): string {
  const url = new URL(globalThis.location.href);
  for (const [name, value] of Object.entries(current)) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}
