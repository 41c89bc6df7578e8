/** The frame of pages that belong to no application. */
import type { ReactNode } from "react";
import { PlainShell } from "@/components/shell/plain-shell";

export default function SettingsLayout({ children }: { children: ReactNode }): ReactNode {
  return <PlainShell>{children}</PlainShell>;
}
