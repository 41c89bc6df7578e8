"use client";
/** Markdown that people write, without raw HTML. The parser is loaded with the first text that needs it. */
import { onDemand } from "./on-demand";

export const Markdown = onDemand(async () => (await import("./markdown-body")).MarkdownBody);
