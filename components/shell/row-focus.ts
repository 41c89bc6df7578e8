"use client";
/**
 * Moving through lists by key: `j` and `k` between the rows of the page's list, `x` to choose one, `[` and `]` from an
 * opened item to its neighbours in the list that it was opened from. A row's own link is marked `data-row-link`.
 */

/** Where the list of the last opened row is kept, so that it outlives a reload of the item's page. */
const LIST_KEY = "switchback.list";

function rowLinks(): HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>("a[data-row-link]")].filter(
    (link) => link.offsetParent !== null,
  );
}

/** The position of the focused row, or -1. */
function currentOf(links: readonly HTMLElement[]): number {
  const active = document.activeElement;
  const row = active?.closest("tr, li") ?? null;
  return links.findIndex((link) => link === active || (row !== null && row.contains(link)));
}

export function moveRowFocus(direction: 1 | -1): void {
  const links = rowLinks();
  if (links.length === 0) return;
  const current = currentOf(links);
  const next = current === -1 ? (direction === 1 ? 0 : links.length - 1) : current + direction;
  links[Math.min(links.length - 1, Math.max(0, next))]?.focus();
}

/** Ticks or unticks the focused row, where rows can be chosen. */
export function chooseRow(): void {
  const links = rowLinks();
  links[currentOf(links)]?.closest("tr, li")?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
}

/** Remembers the list that a row is being opened from. */
export function rememberList(opened: Element): void {
  if (opened.closest("a[data-row-link]") === null) return;
  const paths = rowLinks().map((link) => link.pathname);
  try {
    globalThis.sessionStorage.setItem(LIST_KEY, JSON.stringify(paths));
  } catch {
    // Storage may be forbidden; then `[` and `]` have no list and do nothing.
  }
}

/** Whether this item was opened from its own list. */
export function isFromList(path: string): boolean {
  return rememberedList().includes(path);
}

/** The path of the item before or after this one in the list that it was opened from. */
export function neighbourOf(path: string, direction: 1 | -1): string | undefined {
  const paths = rememberedList();
  const at = paths.indexOf(path);
  return at === -1 ? undefined : paths[at + direction];
}

function rememberedList(): string[] {
  try {
    const stored: unknown = JSON.parse(globalThis.sessionStorage.getItem(LIST_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}
