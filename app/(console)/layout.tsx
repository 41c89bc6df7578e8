/** What every page for signed-in people stands in. */
import type { ReactNode } from "react";
import { Providers } from "@/components/shell/providers";
import { serverNowMs } from "@/components/ui/server-now";

export default function ConsoleLayout({ children }: { children: ReactNode }): ReactNode {
  return <Providers nowMs={serverNowMs()}>{children}</Providers>;
}
