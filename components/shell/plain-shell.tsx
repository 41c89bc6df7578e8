"use client";
/** The frame of pages that belong to no application: the mark, the theme, the way back. */
import Link from "next/link";
import type { ReactNode } from "react";
import { ThemeToggle } from "./theme-toggle";
import { Brand } from "./top-bar";

export function PlainShell(props: { children: ReactNode }): ReactNode {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="sticky top-0 z-20 flex min-h-12 items-center gap-3 border-b border-hairline bg-bg px-4">
        <Brand />
        <Link href="/" className="quiet-link">
          Back to the pages
        </Link>
        <span className="ml-auto">
          <ThemeToggle />
        </span>
      </header>
      <main className="mx-auto w-full max-w-5xl flex-1 px-3 py-5 sm:px-6">{props.children}</main>
    </div>
  );
}
