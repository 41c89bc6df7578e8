"use client";
/** The ways between the pages of the settings. */
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

const PAGES = [
  { href: "/settings", title: "Settings" },
  { href: "/settings/me", title: "You" },
  { href: "/settings/members", title: "Members" },
  { href: "/settings/tokens", title: "API tokens" },
  { href: "/settings/notifications", title: "Notifications" },
] as const;

export function SettingsNav(): ReactNode {
  const pathname = usePathname();
  return (
    <nav aria-label="Settings" className="mb-5 border-b border-hairline">
      <ul className="flex flex-wrap gap-x-1 sm:gap-x-4">
        {PAGES.map(({ href, title }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={pathname === href ? "page" : undefined}
              className="-mb-px inline-flex min-h-9 items-center border-b-2 border-transparent px-1 font-medium text-muted hover:text-ink aria-[current=page]:border-primary aria-[current=page]:text-ink"
            >
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
