"use client";
/** What is true on every page: which application, what its aliases serve, how old the data is. */
import { Pause, Play, Search, User } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { Fragment, type ReactNode } from "react";
import type { ApplicationItem, Me, Overview } from "@/components/data/outputs";
import { useLive } from "@/components/data/live";
import { IconButton } from "@/components/ui/button";
import { zonePreference } from "@/components/ui/clock";
import { formatShare } from "@/components/ui/format";
import { Freshness } from "@/components/ui/freshness";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { gitWords } from "@/components/vocabulary/git-words";
import { applicationPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";
import { ROLE_WORDS } from "@/components/vocabulary/states";
import { ThemeToggle } from "./theme-toggle";

export function Brand(): ReactNode {
  return (
    <Link href="/" className="flex items-center gap-2 font-semibold" aria-label="Switchback">
      <svg viewBox="0 0 32 32" width="22" height="22" fill="none" aria-hidden="true">
        <g strokeWidth="2.8" strokeLinecap="round" strokeLinejoin="round">
          <path d="M7 24h11a4.5 4.5 0 0 0 0-9h-5a4 4 0 0 1 0-8h9" stroke="currentColor" />
          <path d="m19 3.5 4 3.5-4 3.5" className="stroke-primary" />
        </g>
      </svg>
      <span className="hidden lg:inline">Switchback</span>
    </Link>
  );
}

function ApplicationPicker(props: { application: string; applications: readonly ApplicationItem[] }): ReactNode {
  const router = useRouter();
  const known = props.applications.some((each) => each.id === props.application);
  const options = known
    ? props.applications
    : [{ id: props.application, displayName: props.application }, ...props.applications];
  return (
    <select
      aria-label="Application"
      value={props.application}
      onChange={(event) => router.push(applicationPath(event.target.value))}
      className="h-8 max-w-44 min-w-0 truncate rounded-md border border-transparent bg-transparent px-1 font-medium hover:border-control"
    >
      {options.map((each) => (
        <option key={each.id} value={each.id}>
          {each.displayName}
        </option>
      ))}
    </select>
  );
}

function Share({ share }: { share: number | null }): ReactNode {
  return (
    <span title="share of requests of the last 5 minutes">
      {share === null ? <span className="text-muted">no traffic</span> : formatShare(share)}
    </span>
  );
}

/** `production a41c 92 % · candidate f91b 8 % · git in sync`: what serves, as traffic shows it, and whether git agrees. */
function AliasStrip({ overview }: { overview: Overview }): ReactNode {
  const application = overview.application.id;
  return (
    <ul aria-label="Aliases" className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-0.5 text-sm">
      {overview.aliases.map(({ alias, release, observedShare, git }) => (
        <Fragment key={alias}>
          <li className="flex items-center gap-1.5 whitespace-nowrap">
            <span className="text-muted">{alias}</span>
            <ReleaseId application={application} releaseId={release.releaseId} />
            <Share share={observedShare} />
            {git !== null && (
              <span className={git === "in_sync" ? "text-muted" : "font-medium text-review-fg"}>
                · git {gitWords(git)}
              </span>
            )}
          </li>
          {overview.rollouts
            .filter(({ rollout }) => rollout.alias === alias)
            .map(({ rollout, observedShare: seen }) => (
              <li key={rollout.id} className="flex items-center gap-1.5 whitespace-nowrap">
                <span className="text-muted">candidate</span>
                <ReleaseId application={application} releaseId={rollout.candidate.releaseId} />
                {rollout.state === "shadow" ? <span className="text-muted">shadow</span> : <Share share={seen} />}
              </li>
            ))}
        </Fragment>
      ))}
    </ul>
  );
}

/** Shown while the stream is lost: since when, and that the page polls instead. */
function StreamState(): ReactNode {
  const { channel } = useLive();
  return (
    <output className="text-sm">
      {channel.status === "lost" && (
        <StatusBadge status="review">
          Reconnecting since <Time at={channel.sinceMs} precision="second" short />
        </StatusBadge>
      )}
    </output>
  );
}

function ZoneSwitch(): ReactNode {
  const zone = zonePreference.use();
  const next = zone === "utc" ? "local" : "utc";
  return (
    <button
      type="button"
      onClick={() => zonePreference.set(next)}
      aria-label={`Times in ${zone === "utc" ? "UTC" : "local time"}. Change to ${next === "utc" ? "UTC" : "local time"}`}
      className="hidden h-8 rounded-md px-2 text-sm font-medium text-muted hover:bg-neutral-bg hover:text-ink sm:block"
    >
      {zone === "utc" ? "UTC" : "Local"}
    </button>
  );
}

function FreezeSwitch(): ReactNode {
  const { frozen, setFrozen } = useLive();
  return (
    <IconButton
      label={frozen ? "Let the page go on" : "Freeze the page"}
      aria-pressed={frozen}
      onClick={() => setFrozen(!frozen)}
      className={frozen ? "bg-review-bg text-review-fg" : "hidden sm:inline-flex"}
    >
      {frozen ? <Play size={15} aria-hidden="true" /> : <Pause size={15} aria-hidden="true" />}
    </IconButton>
  );
}

interface TopBarProps {
  application: string;
  applications: readonly ApplicationItem[];
  overview: Overview | undefined;
  me: Me | undefined;
  onSearch: () => void;
}

export function TopBar({ application, applications, overview, me, onSearch }: TopBarProps): ReactNode {
  return (
    <header className="sticky top-0 z-20 border-b border-hairline bg-bg">
      <div className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1 sm:px-4">
        <Brand />
        <ApplicationPicker application={application} applications={applications} />
        <div className="order-last flex w-full min-w-0 flex-wrap items-center gap-x-4 gap-y-1 pb-1 sm:order-none sm:w-auto sm:flex-1 sm:pb-0">
          {overview !== undefined && <AliasStrip overview={overview} />}
          {overview !== undefined && (
            <span className="sm:ml-auto">
              <Freshness value={overview.freshness} />
            </span>
          )}
          <StreamState />
        </div>
        <div className="ml-auto flex items-center gap-0.5 sm:ml-0">
          <FreezeSwitch />
          <ZoneSwitch />
          <IconButton label="Search and commands, ⌘K" onClick={onSearch}>
            <Search size={15} aria-hidden="true" />
          </IconButton>
          <ThemeToggle />
          <Link
            href="/settings"
            title={me === undefined ? "Account" : `${me.name}, ${me.role === null ? me.kind : ROLE_WORDS[me.role]}`}
            aria-label={me === undefined ? "Account" : `Account: ${me.name}`}
            className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-neutral-bg hover:text-ink"
          >
            <User size={15} aria-hidden="true" />
          </Link>
        </div>
      </div>
    </header>
  );
}
