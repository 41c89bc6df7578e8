/** One query client's settings for the server and the browser. */
import { defaultShouldDehydrateQuery, QueryClient } from "@tanstack/react-query";
import { mayRetry } from "./failure";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Pages are prefetched: what has just come with the page is not asked again at once.
        staleTime: 5000,
        retry: (failures, error) => failures < 2 && mayRetry(error),
        refetchOnWindowFocus: "always",
        // A failed refresh keeps the old data with its own age; it never blanks a page.
        throwOnError: false,
      },
      mutations: { retry: false },
      dehydrate: { shouldDehydrateQuery: defaultShouldDehydrateQuery },
    },
  });
}
