"use client";
/** Who is signed in; undefined until known. */
import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "./api-provider";
import type { Me } from "./outputs";

/** A role changes rarely; the server decides anyway. */
const STALE_MS = 60_000;

export function useMe(): Me | undefined {
  const trpc = useTRPC();
  return useQuery({ ...trpc.me.get.queryOptions({}), staleTime: STALE_MS }).data;
}
