/** What every page for signed-in people stands in. */
import type { ReactNode } from "react";
import { InstallationProvider } from "@/components/data/installation";
import { Providers } from "@/components/shell/providers";
import { serverNowMs } from "@/components/ui/server-now";
import { installation } from "@/server/api/rsc";

export default function ConsoleLayout({ children }: { children: ReactNode }): ReactNode {
  return (
    <Providers nowMs={serverNowMs()}>
      <InstallationProvider installation={installation()}>{children}</InstallationProvider>
    </Providers>
  );
}
