/** Putting reasons and titles, as people type them, into sentences. */

/** Closed with a full stop, unless it ends a sentence already. */
export function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Without its full stop, to go on after it. */
export function withoutStop(text: string): string {
  return text.replace(/[.;\s]+$/, "");
}

/** With a capital first letter. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
