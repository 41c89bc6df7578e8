"use client";
/** Markdown that people write, without raw HTML. The parser is loaded with the first text that needs it. */
import dynamic from "next/dynamic";
import type { MarkdownBodyProps } from "./markdown-body";

export const Markdown = dynamic<MarkdownBodyProps>(async () => (await import("./markdown-body")).MarkdownBody);
