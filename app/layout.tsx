/** The document: language, theme, style sheet. Reading the headers keeps every page dynamic, so that its scripts get the nonce. */
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import { ThemeProvider } from "next-themes";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Switchback", template: "%s · Switchback" },
  description: "Release observability, rollback and incident review for LLM applications",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce");
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <ThemeProvider
          attribute="data-theme"
          defaultTheme="system"
          disableTransitionOnChange
          {...(nonce === null ? {} : { nonce })}
        >
          {children}
        </ThemeProvider>
      </body>
    </html>
  );
}
