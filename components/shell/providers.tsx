"use client";
/** What every page for signed-in people stands in: the server's clock, the API, address-bar state. */
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { ApiProvider } from "@/components/data/api-provider";
import { ClockProvider } from "@/components/ui/clock";

/** @param props.nowMs the server's clock when it rendered the page. */
export function Providers(props: { nowMs: number; children: ReactNode }): ReactNode {
  return (
    <ClockProvider nowMs={props.nowMs}>
      <ApiProvider>
        <NuqsAdapter>{props.children}</NuqsAdapter>
      </ApiProvider>
    </ClockProvider>
  );
}
