/** Settings. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { SettingsScreen } from "@/components/settings/settings-screen";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage(): Promise<ReactNode> {
  return (
    <Prefetched caller={await api()} path="/settings" queries={(trpc) => [trpc.me.get.queryOptions({})]}>
      <SettingsScreen />
    </Prefetched>
  );
}
