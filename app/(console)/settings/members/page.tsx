/** Members. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { MembersScreen } from "@/components/settings/members-screen";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage(): Promise<ReactNode> {
  return (
    <Prefetched
      caller={await api()}
      path="/settings/members"
      queries={(trpc) => [trpc.me.get.queryOptions({}), trpc.members.list.queryOptions({})]}
    >
      <MembersScreen />
    </Prefetched>
  );
}
