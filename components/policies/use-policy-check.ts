"use client";
/** The server's reading of a draft, a moment after the last key; what it said of the text before stays until then. */
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPC, useTRPCClient } from "@/components/data/api-provider";
import type { PolicyCheck } from "@/components/data/outputs";

/** Typing goes on for less than this between two keys, ms. */
const SETTLED_MS = 350;

export interface ReadBack {
  query: UseQueryResult<PolicyCheck, unknown>;
  /** Whether the answer is about the text as it stands. */
  isCurrent: boolean;
}

export function usePolicyCheck(draft: { application: string; name: string; text: string }): ReadBack {
  const { application, name, text } = draft;
  const trpc = useTRPC();
  const client = useTRPCClient();
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    // Under the router's key, so that another version in force asks again.
    queryKey: [...trpc.policies.pathKey(), "check", application, name, settled],
    queryFn: ({ signal }) => client.policies.check.mutate({ application, name, text: settled }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return { query, isCurrent: settled === text && !query.isPlaceholderData && query.data !== undefined };
}
