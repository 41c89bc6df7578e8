"use client";
/** After the click: the stepper from the server's record. It survives reload as the incident's header. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { QueryState } from "@/components/data/query-state";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { incidentPath } from "@/components/vocabulary/paths";
import { isSettled, RollbackStepper } from "./rollback-stepper";

/** While a rollback settles, its steps are asked for this often, ms. */
const STEP_POLL_MS = 2000;

export function RollbackOutcome(props: { application: string; alias: string; incidentId: string }): ReactNode {
  const trpc = useTRPC();
  const progress = useQuery({
    ...trpc.rollback.progress.queryOptions({ incidentId: props.incidentId }),
    refetchInterval: (query) => (query.state.data !== undefined && isSettled(query.state.data) ? false : STEP_POLL_MS),
  });
  return (
    <QueryState query={progress} name="The rollback's progress">
      {(data) => (
        <div className="flex flex-col gap-4">
          <output className="text-md font-semibold">
            {props.alias} serves {data.toReleaseId.slice(0, SHORT_ID_LENGTH)} again.{" "}
            {isSettled(data) ? "Everything has settled." : "What follows is being watched:"}
          </output>
          <RollbackStepper progress={data} />
          <p className="text-muted">
            You can close this: the same steps are on{" "}
            <Link href={incidentPath(props.application, props.incidentId)} className="quiet-link text-ink">
              the incident
            </Link>
            , for everyone.
          </p>
        </div>
      )}
    </QueryState>
  );
}
