"use client";
/** `j` and `k` move between the rows of the page's list: to the next link marked as a row's own. */

/** Marks a link as the one that opens its row. */
export const ROW_LINK = { "data-row-link": "" } as const;

export function moveRowFocus(direction: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("[data-row-link]")].filter(
    (link) => link.offsetParent !== null,
  );
  if (links.length === 0) return;
  const active = document.activeElement;
  const row = active?.closest("tr, li");
  const current = links.findIndex((link) => link === active || (row !== null && row?.contains(link)));
  const next = current === -1 ? (direction === 1 ? 0 : links.length - 1) : current + direction;
  links[Math.min(links.length - 1, Math.max(0, next))]?.focus();
}
