"use client";
/** What must be seen first, also at 3 am on a phone: state, age, the sentence, who leads, the one next right action. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { IncidentDetail } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { Button, ButtonLink } from "@/components/ui/button";
import { useNow } from "@/components/ui/clock";
import { formatDuration } from "@/components/ui/format";
import { Sentence } from "@/components/ui/sentence";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { auditEntryPath, postmortemPath, rolloutPath } from "@/components/vocabulary/paths";
import { IncidentStatusBadge } from "@/components/vocabulary/states";
import { nextIncidentStep, type IncidentStep } from "./next-step";
import { StatusDialog } from "./status-dialog";

const TONES = { open: "breach", mitigated: "review", resolved: "ok" } as const;

export function IncidentHead({ incident }: { incident: IncidentDetail }): ReactNode {
  return (
    <>
      <Sentence
        tone={TONES[incident.status]}
        note={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <IncidentStatusBadge status={incident.status} />
            <span>{incident.severity}</span>
            <Timer incident={incident} />
            <span>{incident.commander == null ? "nobody leads yet" : `${incident.commander} leads`}</span>
          </span>
        }
      >
        {incident.sentence}
      </Sentence>
      <Actions incident={incident} />
    </>
  );
}

/** How long it has been going on, ticking; how long it took, once it is over. */
function Timer({ incident }: { incident: IncidentDetail }): ReactNode {
  const now = useNow(1000);
  const fromMs = Date.parse(incident.startedAt ?? incident.detectedAt);
  const end = incident.resolvedAt ?? incident.mitigatedAt;
  const lengthMs = (end === null ? now : Date.parse(end)) - fromMs;
  const words = end === null ? "for" : incident.resolvedAt === null ? "mitigated after" : "resolved after";
  return (
    <span suppressHydrationWarning className="tabular-nums">
      {words} {formatDuration(lengthMs)}
    </span>
  );
}

function Actions({ incident }: { incident: IncidentDetail }): ReactNode {
  const [status, setStatus] = useState<IncidentDetail["status"] | null>(null);
  const { application, rolloutId, commander, postmortem } = incident;
  const step = nextIncidentStep(incident);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <NextStep incident={incident} step={step} onStatus={setStatus} />
        {incident.status === "open" && step !== "mitigate" && (
          <Button onClick={() => setStatus("mitigated")}>Mark mitigated…</Button>
        )}
        {incident.status === "resolved" && <Button onClick={() => setStatus("open")}>Open again…</Button>}
        {commander != null && incident.status !== "resolved" && <TakeOver incident={incident} kind="plain" />}
        {rolloutId !== null && <ButtonLink href={rolloutPath(application, rolloutId)}>Rollout</ButtonLink>}
        {step !== "review" && (
          <ButtonLink href={postmortemPath(application, incident.id)}>
            Postmortem{postmortem == null ? "" : ` (${postmortem.status.replaceAll("_", " ")})`}
          </ButtonLink>
        )}
      </div>
      {status !== null && <StatusDialog incident={incident} status={status} onClose={() => setStatus(null)} />}
    </>
  );
}

/** The single next right action, large. */
function NextStep(props: {
  incident: IncidentDetail;
  step: IncidentStep;
  onStatus: (status: IncidentDetail["status"]) => void;
}): ReactNode {
  const { incident, step, onStatus } = props;
  const { application, alias, id } = incident;
  const openRollback = useOpenRollback();
  const reason = roleReason(useMe(), "on_call");
  switch (step) {
    case "acknowledge":
      return (
        <>
          <TakeOver incident={incident} kind="primary" />
          {alias !== null && incident.progress === null && incident.status === "open" && (
            <Button kind="danger" size="control" disabledReason={reason} onClick={() => openRollback({ alias })}>
              Roll back {alias}…
            </Button>
          )}
        </>
      );
    case "roll_back":
      return (
        <Button
          kind="danger"
          size="control"
          className="max-sm:w-full"
          disabledReason={reason}
          onClick={() => openRollback({ alias: alias ?? "production" })}
        >
          Roll back {alias ?? "production"}…
        </Button>
      );
    case "reconcile":
      return (
        <ButtonLink kind="primary" size="control" href={`/p/${encodeURIComponent(application)}/drift`}>
          Reconcile git…
        </ButtonLink>
      );
    case "mitigate":
      return (
        <Button kind="primary" size="control" disabledReason={reason} onClick={() => onStatus("mitigated")}>
          Mark mitigated…
        </Button>
      );
    case "resolve":
      return (
        <Button
          kind="primary"
          size="control"
          className="max-sm:w-full"
          disabledReason={reason}
          onClick={() => onStatus("resolved")}
        >
          Resolve…
        </Button>
      );
    case "review":
      return (
        <ButtonLink kind="primary" size="control" href={postmortemPath(application, id)}>
          {incident.postmortem?.status === "published" ? "Read the postmortem" : "Write the postmortem"}
        </ButtonLink>
      );
  }
}

/** One click, recorded: who presses it leads. */
function TakeOver({ incident, kind }: { incident: IncidentDetail; kind: "primary" | "plain" }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const take = useMutation(
    trpc.incidents.setCommander.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incidents.pathKey() }),
    }),
  );
  if (me !== undefined && incident.commander === me.name) return null;
  return (
    <>
      <Button
        kind={kind}
        size={kind === "primary" ? "control" : "medium"}
        disabledReason={roleReason(me, "on_call")}
        pendingLabel={take.isPending ? "Requesting…" : null}
        onClick={() => take.mutate({ incidentId: incident.id })}
      >
        {incident.commander == null ? "Acknowledge: I lead this" : "Take over"}
      </Button>
      {take.error !== null && (
        <Notice tone="breach" live>
          {failureOf(take.error).detail}
        </Notice>
      )}
    </>
  );
}

/** The number under which an act is kept. */
export function AuditSeq({ application, seq }: { application: string; seq: number }): ReactNode {
  return (
    <Link href={auditEntryPath(application, seq)} className="quiet-link">
      #{seq}
    </Link>
  );
}
