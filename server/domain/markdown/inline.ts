/**
 * The inside of a line of Markdown as a tree: what people write in notes and postmortems. HTML is text, and an address
 * that is neither http(s) nor a path is text, so that whoever renders the tree has nothing to sanitise.
 */

export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  /** `[^a18204]`: a footnote, in postmortems a citation. */
  | { readonly kind: "citation"; readonly id: string };

/** What is tried at each place, in order. Each pattern is anchored and linear in the rest of the line. */
const ESCAPE = /^\\([\\`*_{}[\]()#+\-.!|<>~^])/;
const CODE = /^`([^`]+)`/;
const CITATION = /^\[\^([A-Za-z0-9_-]{1,32})\]/;
const LINK = /^\[([^[\]]{1,500})\]\(([^()\s]{1,1000})\)/;
const STRONG = /^\*\*([^*\s](?:[^*]*[^*\s])?)\*\*/;
const EMPHASIS = /^(?:\*([^*\s](?:[^*]*[^*\s])?)\*|_([^_\s](?:[^_]*[^_\s])?)_(?![\p{L}\p{N}]))/u;
const SAFE_HREF = /^(?:https?:\/\/|\/(?!\/))/;
const PLAIN = /^(?:[\p{L}\p{N}]+_*|[^\\`[*_]+|.)/su;

/** Parses one line or paragraph. Never fails: what is not markup is text. */
export function parseInline(source: string): Inline[] {
  const parts: Inline[] = [];
  let rest = source;
  while (rest !== "") {
    const [part, length] = next(rest);
    const last = parts.at(-1);
    if (part.kind === "text" && last?.kind === "text")
      parts[parts.length - 1] = { ...last, text: last.text + part.text };
    else parts.push(part);
    rest = rest.slice(length);
  }
  return parts;
}

function next(rest: string): [Inline, number] {
  const escaped = ESCAPE.exec(rest);
  if (escaped?.[1] !== undefined) return [{ kind: "text", text: escaped[1] }, 2];
  return (
    codeAt(rest) ?? bracketAt(rest) ?? stressAt(rest) ?? [{ kind: "text", text: plainAt(rest) }, plainAt(rest).length]
  );
}

function codeAt(rest: string): [Inline, number] | undefined {
  const [whole, text] = CODE.exec(rest) ?? [];
  return whole === undefined || text === undefined ? undefined : [{ kind: "code", text }, whole.length];
}

function bracketAt(rest: string): [Inline, number] | undefined {
  const [mark, id] = CITATION.exec(rest) ?? [];
  if (mark !== undefined && id !== undefined) return [{ kind: "citation", id }, mark.length];
  const [whole, text, href] = LINK.exec(rest) ?? [];
  if (whole === undefined || text === undefined || href === undefined || !SAFE_HREF.test(href)) return undefined;
  return [{ kind: "link", href, children: parseInline(text) }, whole.length];
}

function stressAt(rest: string): [Inline, number] | undefined {
  const [strong, inStrong] = STRONG.exec(rest) ?? [];
  if (strong !== undefined && inStrong !== undefined) {
    return [{ kind: "strong", children: parseInline(inStrong) }, strong.length];
  }
  const [whole, starred, underscored] = EMPHASIS.exec(rest) ?? [];
  const text = starred ?? underscored;
  if (whole === undefined || text === undefined) return undefined;
  return [{ kind: "emphasis", children: parseInline(text) }, whole.length];
}

/** A word with the underscores inside it (`mean_cost_usd` is no emphasis), or everything up to the next markup. */
function plainAt(rest: string): string {
  return PLAIN.exec(rest)?.[0] ?? rest.charAt(0);
}

/**
 * Text that stands for itself: it cannot become markup, end a table's cell, or break a line. An underscore inside a word
 * (`mean_cost_usd`) is none and stays as it is.
 */
export function escapeInline(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\|<>`*[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\$&`);
}

/** The text a reader sees, without markup; citations leave nothing. */
export function plainText(parts: readonly Inline[]): string {
  return parts.map(textOf).join("");
}

function textOf(part: Inline): string {
  switch (part.kind) {
    case "text":
    case "code":
      return part.text;
    case "citation":
      return "";
    case "strong":
    case "emphasis":
    case "link":
      return plainText(part.children);
  }
}
