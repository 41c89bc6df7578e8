/** The document around every page. */
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Providers } from "@/components/shell/providers";
import { serverNowMs } from "@/components/ui/server-now";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Switchback", template: "%s · Switchback" },
  description: "What your LLM application's releases are doing, and the way back to the last good one.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#0d1117" },
  ],
};

/** Pages show live state: none of them is rendered ahead. */
export const dynamic = "force-dynamic";

export default function RootLayout({ children }: { children: ReactNode }): ReactNode {
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <Providers nowMs={serverNowMs()}>{children}</Providers>
      </body>
    </html>
  );
}
