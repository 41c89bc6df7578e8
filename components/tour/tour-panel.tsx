"use client";
/** A walk through the demo's story, station by station. It stands in the page, covers nothing, and can be put away. */
import { useQuery } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { Button, ButtonLink } from "@/components/ui/button";
import { createPreference } from "@/components/ui/preference";
import { tourSteps, type TourFacts } from "./tour-steps";

const STATIONS = ["0", "1", "2", "3", "4", "5"] as const;

/** Where the reader is, in this browser; `closed` when they have put it away. */
const tourPreference = createPreference("switchback.tour", [...STATIONS, "closed"], "0");

/** The story goes on while somebody reads, ms. */
const POLL_MS = 5_000;

export function TourPanel({ application }: { application: string }): ReactNode {
  const at = tourPreference.use();
  if (at === "closed") {
    return (
      <p className="mb-2 text-right">
        <Button kind="ghost" size="small" onClick={() => tourPreference.set("0")}>
          Show the tour of the demo
        </Button>
      </p>
    );
  }
  return <Station application={application} index={STATIONS.indexOf(at)} />;
}

function Station({ application, index }: { application: string; index: number }): ReactNode {
  const pathname = usePathname();
  const steps = tourSteps(useTourFacts(application));
  const step = steps[index];
  if (step === undefined) return null;
  const isHere = step.href?.split("?")[0] === pathname;
  const goTo = (next: number): void => tourPreference.set(STATIONS[next] ?? "closed");
  return (
    <section
      aria-label="Tour of the demo"
      className="mb-4 flex flex-col gap-2 rounded-md border border-transparent bg-info-bg px-3 py-2 text-info-fg"
    >
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="text-sm">
          Tour, {index + 1} of {steps.length}
        </span>
        <strong>{step.title}</strong>
      </p>
      <p>{step.text}</p>
      <div className="flex flex-wrap items-center gap-2">
        {step.href === null ? (
          <output>The story has not got there yet: about a minute after the start.</output>
        ) : isHere ? (
          <span>You are looking at it.</span>
        ) : (
          <ButtonLink href={step.href} size="small">
            {step.action}
          </ButtonLink>
        )}
        {index > 0 && (
          <Button size="small" onClick={() => goTo(index - 1)}>
            Back
          </Button>
        )}
        <Button size="small" onClick={() => goTo(index + 1)}>
          {index === steps.length - 1 ? "End of the tour" : "Next"}
        </Button>
        <Button size="small" className="ml-auto" onClick={() => tourPreference.set("closed")}>
          Put the tour away
        </Button>
      </div>
    </section>
  );
}

/** The first incident of the story, and one of its requests. */
function useTourFacts(application: string): TourFacts {
  const trpc = useTRPC();
  const incidents = useQuery({
    ...trpc.incidents.list.queryOptions({ application, limit: 50 }),
    refetchInterval: (query) => (query.state.data?.items.length === 0 ? POLL_MS : false),
  });
  const first = incidents.data?.items.at(-1) ?? null;
  const releaseId = first?.release?.releaseId;
  const requests = useQuery({
    ...trpc.requests.list.queryOptions({
      application,
      segment: "region=us-west",
      limit: 1,
      ...(releaseId === undefined ? {} : { releaseId }),
    }),
    enabled: releaseId !== undefined,
    staleTime: Infinity,
  });
  return { application, incident: first, requestId: requests.data?.items[0]?.requestId ?? null };
}
