"use client";
/** What a git action has in common: afterwards everything about git and what serves is read anew. */
import { useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/components/data/api-provider";

export function useGitSettled(): { onSettled: () => Promise<void> } {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return {
    onSettled: async () => {
      const keys = [trpc.git.pathKey(), trpc.overview.pathKey(), trpc.rollouts.pathKey()];
      await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    },
  };
}
