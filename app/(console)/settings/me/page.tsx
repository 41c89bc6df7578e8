/** The reader's own account and sessions. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { MeScreen } from "@/components/settings/me-screen";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "You" };

export default async function MePage(): Promise<ReactNode> {
  return (
    <Prefetched
      caller={await api()}
      path="/settings/me"
      queries={(trpc) => [trpc.me.get.queryOptions({}), trpc.me.sessions.queryOptions({})]}
    >
      <MeScreen />
    </Prefetched>
  );
}
