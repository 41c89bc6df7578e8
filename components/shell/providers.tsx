"use client";
/** What every page stands in: theme, server clock, API, address-bar state. */
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { ApiProvider } from "@/components/data/api-provider";
import { ClockProvider } from "@/components/ui/clock";

export function Providers(props: { nowMs: number; children: ReactNode }): ReactNode {
  return (
    <ThemeProvider attribute="data-theme" defaultTheme="system" enableSystem disableTransitionOnChange>
      <ClockProvider nowMs={props.nowMs}>
        <ApiProvider>
          <NuqsAdapter>{props.children}</NuqsAdapter>
        </ApiProvider>
      </ClockProvider>
    </ThemeProvider>
  );
}
