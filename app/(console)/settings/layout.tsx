/** The frame of pages that belong to no application. */
import type { ReactNode } from "react";
import { SettingsNav } from "@/components/settings/settings-nav";
import { PlainShell } from "@/components/shell/plain-shell";

export default function SettingsLayout({ children }: { children: ReactNode }): ReactNode {
  return (
    <PlainShell>
      <SettingsNav />
      {children}
    </PlainShell>
  );
}
