"use client";
/** Lets the screens inside keep their filters in the address. Only those that do carry its code. */
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";

export function AddressState(props: { children: ReactNode }): ReactNode {
  return <NuqsAdapter>{props.children}</NuqsAdapter>;
}
