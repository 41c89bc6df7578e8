/** Text inside HTML and SVG. */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe as an element's text and inside a quoted attribute. Control characters that XML forbids are dropped. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])\p{Cc}/gu, "")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
