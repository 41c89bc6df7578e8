"use client";
/** The frame of an application's pages: bar, rail, keys, palette, rollback, live data. */
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useInstallation } from "@/components/data/installation";
import { LiveProvider, useLiveQuery } from "@/components/data/live";
import type { Overview } from "@/components/data/outputs";
import { useServerTimeOf } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { RollbackLauncher, useOpenRollback } from "@/components/rollback/rollback-launcher";
import { newIncidentPath } from "@/components/vocabulary/paths";
import { BottomBar, placesOf, Rail, type NavCounts } from "./nav";
import { rememberList } from "./row-focus";
import { useShortcuts } from "./shortcuts";
import { useShellShortcuts } from "./shell-shortcuts";
import { StaleTitle } from "./stale-title";
import { TopBar } from "./top-bar";

const Palette = dynamic(async () => (await import("./palette")).Palette, { ssr: false });
const TourPanel = dynamic(async () => (await import("@/components/tour/tour-panel")).TourPanel, { ssr: false });
/** On few pages, and only while git does not follow. */
const DriftBanner = dynamic(async () => (await import("./drift-banner")).DriftBanner);
const ShortcutSheet = dynamic(async () => (await import("./shortcut-sheet")).ShortcutSheet, { ssr: false });

/** The alias that `Shift+R` and the palette offer to roll back. */
const MAIN_ALIAS = "production";

export function AppShell(props: { application: string; children: ReactNode }): ReactNode {
  return (
    <LiveProvider application={props.application}>
      <RollbackLauncher application={props.application}>
        <Frame {...props} />
      </RollbackLauncher>
    </LiveProvider>
  );
}

function countsOf(overview: Overview | undefined): NavCounts {
  const needs = overview?.needsAPerson ?? [];
  return {
    openIncidents: needs.filter((need) => need.kind === "incident").length,
    waitingRollouts: needs.filter((need) => need.kind === "approval" || need.kind === "paused").length,
    brokenParities: needs.filter((need) => need.kind === "parity").length,
    drifts: needs.filter((need) => need.kind === "drift").length,
  };
}

function Frame({ application, children }: { application: string; children: ReactNode }): ReactNode {
  const trpc = useTRPC();
  const router = useRouter();
  const openRollback = useOpenRollback();
  const overview = useQuery({ ...trpc.overview.get.queryOptions({ application }), ...useLiveQuery() }).data;
  const applications = useQuery({ ...trpc.applications.list.queryOptions({}), staleTime: 60_000 }).data?.items ?? [];
  const me = useMe();
  const { demoApplication } = useInstallation();
  const [panel, setPanel] = useState<"palette" | "keys" | null>(null);
  useServerTimeOf(overview?.freshness.asOf);

  const { openIncidents, waitingRollouts, brokenParities, drifts } = countsOf(overview);
  const places = useMemo(
    () => placesOf(application, { openIncidents, waitingRollouts, brokenParities, drifts }),
    [application, openIncidents, waitingRollouts, brokenParities, drifts],
  );
  const shortcuts = useShellShortcuts({
    places,
    onKeys: () => setPanel("keys"),
    onSearch: () => setPanel("palette"),
    onRollback: () => openRollback({ alias: MAIN_ALIAS }),
    onIncident: () => router.push(newIncidentPath(application, {})),
  });
  useShortcuts(shortcuts);
  usePaletteKey(() => setPanel("palette"));

  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-bg focus:p-3">
        Skip to the page
      </a>
      <TopBar
        application={application}
        applications={applications}
        overview={overview}
        me={me}
        onSearch={() => setPanel("palette")}
      />
      {overview !== undefined && <StaleTitle overview={overview} />}
      <div className="flex flex-1">
        <Rail places={places} />
        <main
          id="main"
          tabIndex={-1}
          // Rows are opened by their own links; this only remembers which list they were in.
          onClickCapture={(event) => event.target instanceof Element && rememberList(event.target)}
          className="min-w-0 flex-1 px-3 pt-4 pb-24 sm:px-6 sm:pt-5 md:pb-10"
        >
          <div className="mx-auto max-w-[88rem]">
            {demoApplication === application && <TourPanel application={application} />}
            {overview !== undefined && drifts > 0 && <DriftBanner overview={overview} />}
            {children}
          </div>
        </main>
      </div>
      <BottomBar places={places} />
      {panel === "palette" && (
        <Palette
          application={application}
          commands={shortcuts}
          onClose={() => setPanel(null)}
          onGo={(href) => router.push(href)}
        />
      )}
      {panel === "keys" && <ShortcutSheet shortcuts={shortcuts} onClose={() => setPanel(null)} />}
    </div>
  );
}

function usePaletteKey(open: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      open();
    };
    globalThis.addEventListener("keydown", onKeyDown);
    return () => globalThis.removeEventListener("keydown", onKeyDown);
  });
}
