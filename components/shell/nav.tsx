"use client";
/** The ways between pages: a rail on wide screens, a bar at the bottom of a phone. */
import {
  Blocks,
  Activity,
  Ellipsis,
  Equal,
  Gavel,
  GitBranch,
  GitCompareArrows,
  LayoutGrid,
  ListFilter,
  MessageSquareText,
  Package,
  Scale,
  ScrollText,
  Settings,
  Split,
  Stamp,
  Stethoscope,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import Link, { useLinkStatus } from "next/link";
import { usePathname } from "next/navigation";
import { useState, type ComponentType, type ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import { applicationPath, sectionPath, type Section } from "@/components/vocabulary/paths";

interface Place {
  key: string;
  title: string;
  href: string;
  /** Second key after `g`. */
  goKey: string;
  icon: ComponentType<{ size?: number; "aria-hidden"?: "true" }>;
  count: number;
  /** What the count means, for a screen reader: `2 open`. */
  countWords: string;
}

export interface NavCounts {
  openIncidents: number;
  waitingRollouts: number;
  brokenParities: number;
  drifts: number;
}

const NO_COUNT = { count: 0, countWords: "" };

/** Every place of an application, in the order of the rail: what happens now, what it is made of, its data, its record. */
export function placesOf(application: string, counts: NavCounts): Place[] {
  const { openIncidents, waitingRollouts, brokenParities, drifts } = counts;
  const section = (key: Section, place: Pick<Place, "title" | "goKey" | "icon">): Place => ({
    key,
    href: sectionPath(application, key),
    ...place,
    ...NO_COUNT,
  });
  return [
    {
      key: "overview",
      title: "Overview",
      href: applicationPath(application),
      goKey: "o",
      icon: LayoutGrid,
      ...NO_COUNT,
    },
    section("compare", { title: "Compare", goKey: "c", icon: GitCompareArrows }),
    section("requests", { title: "Requests", goKey: "q", icon: ListFilter }),
    {
      ...section("incidents", { title: "Incidents", goKey: "i", icon: TriangleAlert }),
      count: openIncidents,
      countWords: `${openIncidents} open`,
    },
    {
      ...section("approvals", { title: "Approvals", goKey: "a", icon: Stamp }),
      count: waitingRollouts,
      countWords: `${waitingRollouts} waiting for a person`,
    },
    section("rollouts", { title: "Rollouts", goKey: "w", icon: Split }),
    section("releases", { title: "Releases", goKey: "r", icon: Package }),
    section("components", { title: "Components", goKey: "m", icon: Blocks }),
    section("prompts", { title: "Prompts", goKey: "h", icon: MessageSquareText }),
    {
      ...section("parity", { title: "Parity", goKey: "p", icon: Equal }),
      count: brokenParities,
      countWords: `${brokenParities} broken`,
    },
    section("judges", { title: "Judges", goKey: "j", icon: Gavel }),
    {
      ...section("drift", { title: "Drift", goKey: "d", icon: GitBranch }),
      count: drifts,
      countWords: `${drifts} that git does not follow`,
    },
    section("policies", { title: "Policies", goKey: "l", icon: Scale }),
    section("telemetry", { title: "Telemetry", goKey: "t", icon: Activity }),
    section("doctor", { title: "Intake doctor", goKey: "n", icon: Stethoscope }),
    section("drill", { title: "Rehearsals", goKey: "e", icon: Undo2 }),
    section("audit", { title: "Audit", goKey: "u", icon: ScrollText }),
    { key: "settings", title: "Settings", href: "/settings", goKey: "s", icon: Settings, ...NO_COUNT },
  ];
}

/** Where the rail leaves a gap, so that its long list is read in parts. */
const FIRST_OF_PART = ["releases", "telemetry", "drill"];

function isCurrent(place: Place, pathname: string): boolean {
  if (place.key === "overview") return pathname === place.href;
  return pathname === place.href || pathname.startsWith(`${place.href}/`);
}

function Count({ place }: { place: Place }): ReactNode {
  if (place.count === 0) return null;
  return (
    <>
      <span aria-hidden="true" className="rounded-sm bg-neutral-bg px-1.5 text-xs font-semibold text-ink">
        {place.count}
      </span>
      <span className="sr-only">, {place.countWords}</span>
    </>
  );
}

/** Shown from the press until the page is there: the server's answer comes whole, with its first sentence. */
function OnTheWay(): ReactNode {
  const { pending } = useLinkStatus();
  return (
    <span aria-hidden="true" className={pending ? "text-muted" : "invisible"}>
      …
    </span>
  );
}

export function Rail({ places }: { places: readonly Place[] }): ReactNode {
  const pathname = usePathname();
  return (
    <nav aria-label="Pages" className="hidden w-12 shrink-0 border-r border-hairline bg-surface md:block lg:w-48">
      <ul className="sticky top-12 flex flex-col gap-0.5 p-1.5">
        {places.map((place) => {
          const current = isCurrent(place, pathname);
          const Icon = place.icon;
          return (
            <li key={place.key} className={FIRST_OF_PART.includes(place.key) ? "mt-3" : undefined}>
              <Link
                href={place.href}
                aria-current={current ? "page" : undefined}
                title={place.title}
                className={classNames(
                  "flex min-h-8 items-center gap-2.5 rounded-md px-2.5 font-medium",
                  current ? "bg-neutral-bg text-ink" : "text-muted hover:bg-neutral-bg hover:text-ink",
                )}
              >
                <Icon size={15} aria-hidden="true" />
                <span className="sr-only flex-1 lg:not-sr-only">{place.title}</span>
                <Count place={place} />
                <OnTheWay />
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

const ON_BAR = ["overview", "approvals", "requests", "incidents"];

export function BottomBar({ places }: { places: readonly Place[] }): ReactNode {
  const pathname = usePathname();
  const [isOpen, setIsOpen] = useState(false);
  const others = places.filter((place) => !ON_BAR.includes(place.key));
  const item = "relative flex min-h-13 w-full flex-col items-center justify-center gap-0.5 text-xs";
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 border-t border-hairline bg-bg pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {isOpen && (
        <ul className="grid grid-cols-2 gap-px border-b border-hairline bg-hairline">
          {others.map((place) => (
            <li key={place.key} className="bg-bg">
              <Link
                href={place.href}
                onClick={() => setIsOpen(false)}
                aria-current={isCurrent(place, pathname) ? "page" : undefined}
                className="flex min-h-11 items-center gap-3 px-4 aria-[current=page]:font-semibold"
              >
                <place.icon size={16} aria-hidden="true" />
                {place.title}
              </Link>
            </li>
          ))}
        </ul>
      )}
      <ul className="grid grid-cols-5">
        {places
          .filter((place) => ON_BAR.includes(place.key))
          .map((place) => (
            <li key={place.key}>
              <Link
                href={place.href}
                aria-current={isCurrent(place, pathname) ? "page" : undefined}
                className={classNames(item, isCurrent(place, pathname) ? "font-semibold text-ink" : "text-muted")}
              >
                <place.icon size={18} aria-hidden="true" />
                <span>{place.title}</span>
                <span className="absolute top-1 left-1/2 ml-2">
                  <Count place={place} />
                </span>
                <span className="absolute top-0.5 right-2">
                  <OnTheWay />
                </span>
              </Link>
            </li>
          ))}
        <li>
          <button
            type="button"
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
            className={`${item} text-muted`}
          >
            <Ellipsis size={18} aria-hidden="true" />
            More
          </button>
        </li>
      </ul>
    </nav>
  );
}
