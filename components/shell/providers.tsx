"use client";
/** What every page for signed-in people stands in: the server's clock and the API. */
import type { ReactNode } from "react";
import { ApiProvider } from "@/components/data/api-provider";
import { ClockProvider } from "@/components/ui/clock";

/** @param props.nowMs the server's clock when it rendered the page. */
export function Providers(props: { nowMs: number; children: ReactNode }): ReactNode {
  return (
    <ClockProvider nowMs={props.nowMs}>
      <ApiProvider>{props.children}</ApiProvider>
    </ClockProvider>
  );
}
