/** Markdown blocks as HTML text. All text is escaped; what a citation looks like is the caller's. */
import { escapeHtml } from "./escape-html";
import type { Block } from "./blocks";
import type { Inline } from "./inline";

/** Turns `[^id]` into HTML. */
type Cite = (id: string) => string;

/** @param base heading level of a `#`; 3 puts the text under an `h2`. */
export function renderHtml(blocks: readonly Block[], { cite, base }: { cite: Cite; base: number }): string {
  return blocks.map((block) => renderBlock(block, { cite, base })).join("\n");
}

function renderBlock(block: Block, { cite, base }: { cite: Cite; base: number }): string {
  switch (block.kind) {
    case "heading": {
      const level = Math.min(6, base + block.level - 1);
      return `<h${level}>${inline(block.content, cite)}</h${level}>`;
    }
    case "paragraph":
      return `<p>${inline(block.content, cite)}</p>`;
    case "quote":
      return `<blockquote>${inline(block.content, cite)}</blockquote>`;
    case "code":
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`;
    case "list": {
      const tag = block.ordered ? "ol" : "ul";
      return `<${tag}>${block.items.map((item) => `<li>${inline(item, cite)}</li>`).join("")}</${tag}>`;
    }
    case "table":
      return renderTable(block, cite);
  }
}

function renderTable({ head, rows }: Extract<Block, { kind: "table" }>, cite: Cite): string {
  const headCells = head.map((cell) => `<th scope="col">${inline(cell, cite)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${inline(cell, cite)}</td>`).join("")}</tr>`).join("");
  return `<div class="wide"><table><thead><tr>${headCells}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function inline(parts: readonly Inline[], cite: Cite): string {
  return parts.map((part) => renderInline(part, cite)).join("");
}

function renderInline(part: Inline, cite: Cite): string {
  switch (part.kind) {
    case "text":
      return escapeHtml(part.text);
    case "code":
      return `<code>${escapeHtml(part.text)}</code>`;
    case "strong":
      return `<strong>${inline(part.children, cite)}</strong>`;
    case "emphasis":
      return `<em>${inline(part.children, cite)}</em>`;
    case "link":
      return `<a href="${escapeHtml(part.href)}" rel="noreferrer">${inline(part.children, cite)}</a>`;
    case "citation":
      return cite(part.id);
  }
}
