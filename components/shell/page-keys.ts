"use client";
/**
 * Keys that belong to one page. A control carries its key as `aria-keyshortcuts`, which screen readers announce: the key
 * follows a link and puts the focus on anything else. So no key can press a button.
 */

const NAMED = "[aria-keyshortcuts]";

function isShown(element: HTMLElement): boolean {
  return element.offsetParent !== null;
}

function marked(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`main ${NAMED}`)].filter(isShown);
}

/** Follows or focuses the page's control with this key; false when the page has none. */
export function runPageKey(key: string): boolean {
  const control = marked().find((each) => each.getAttribute("aria-keyshortcuts") === key);
  if (control === undefined) return false;
  if (control instanceof HTMLAnchorElement) control.click();
  else control.focus();
  return true;
}

/** The keys of the page as it is, for the sheet: each with the words on its control. */
export function pageKeys(): { keys: string; title: string }[] {
  return marked().map((control) => ({
    keys: control.getAttribute("aria-keyshortcuts") ?? "",
    title: control.getAttribute("aria-label") ?? nameOf(control),
  }));
}

function nameOf(control: HTMLElement): string {
  const label =
    control instanceof HTMLInputElement || control instanceof HTMLSelectElement ? control.labels?.[0] : null;
  return (label ?? control).textContent.trim();
}
