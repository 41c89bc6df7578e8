"use client";
/** Opens an incident from wherever somebody saw something, or adds what they saw to one that is open. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { Inputs } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextArea, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { incidentPath } from "@/components/vocabulary/paths";
import { INCIDENT_SEVERITIES, type IncidentSeverity } from "@/server/domain/vocabulary";
import { evidenceWords, type IncidentAbout } from "./about-parsers";

interface NewIncidentScreenProps {
  application: string;
  about: IncidentAbout;
}

/** The choice that opens a new incident; the others are ids of open ones. */
const NEW = "";
/** Open incidents offered. */
const OFFERED = 20;

const SEVERITY_WORDS: Readonly<Record<IncidentSeverity, string>> = {
  critical: "critical: users are hurt now",
  major: "major: some users get wrong or no answers",
  minor: "minor: to be looked at in working hours",
};

export function NewIncidentScreen({ application, about }: NewIncidentScreenProps): ReactNode {
  const [into, setInto] = useState(NEW);
  const open = useOpenIncidents(application);
  return (
    <div className="mx-auto flex max-w-2xl flex-col gap-4">
      <h1 className="text-xl font-semibold">
        {about.evidence === null ? "Open an incident" : `Open an incident with ${evidenceWords(about.evidence)}`}
      </h1>
      {about.evidence !== null && open.length > 0 && (
        <SelectField
          label="Where it belongs"
          options={[
            { value: NEW, label: "a new incident" },
            ...open.map(({ id, title }) => ({ value: id, label: title.slice(0, 100) })),
          ]}
          value={into}
          onValueChange={setInto}
        />
      )}
      {into === NEW ? (
        <OpenForm application={application} about={about} />
      ) : (
        <PinForm application={application} about={about} incidentId={into} />
      )}
    </div>
  );
}

function useOpenIncidents(application: string): readonly { id: string; title: string }[] {
  const trpc = useTRPC();
  const query = useQuery(trpc.incidents.list.queryOptions({ application, limit: OFFERED }));
  return (query.data?.items ?? []).filter(({ status }) => status !== "resolved");
}

/** Pins the evidence and shows the incident; without evidence it only shows it. */
function useFinish({ application, about }: NewIncidentScreenProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const pin = useMutation(trpc.incidents.pin.mutationOptions());
  const finish = async (incidentId: string, note: string): Promise<void> => {
    if (about.evidence !== null) {
      await pin.mutateAsync({ incidentId, evidence: about.evidence, ...(note === "" ? {} : { note }) });
    }
    await queryClient.invalidateQueries({ queryKey: trpc.incidents.pathKey() });
    router.push(incidentPath(application, incidentId));
  };
  return { finish, pin };
}

function OpenForm(props: NewIncidentScreenProps): ReactNode {
  const { application, about } = props;
  const trpc = useTRPC();
  const me = useMe();
  const [title, setTitle] = useState(about.title);
  const [severity, setSeverity] = useState<IncidentSeverity>("major");
  const { finish, pin } = useFinish(props);
  // Opened already, and only the pin failed: pressing again must not open a second one.
  const [opened, setOpened] = useState<string | null>(null);
  const open = useMutation(trpc.incidents.open.mutationOptions());
  const submit = async (): Promise<void> => {
    const id = opened ?? (await open.mutateAsync(openInput({ application, about, title, severity }))).id;
    setOpened(id);
    await finish(id, "");
  };
  const blocked = roleReason(me, "on_call") ?? (title.trim() === "" ? "Say what is wrong first" : null);
  const isPending = open.isPending || pin.isPending;
  return (
    <Card title="New incident">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          // What fails is shown from the mutations' own state.
          if (blocked === null && !isPending) submit().catch(() => undefined);
        }}
      >
        <TextField
          label="What is wrong"
          placeholder="SLA estimates are off by a day in us-west"
          required
          maxLength={300}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <SelectField
          label="Severity"
          options={INCIDENT_SEVERITIES.map((value) => ({ value, label: SEVERITY_WORDS[value] }))}
          value={severity}
          onValueChange={(value) => setSeverity(INCIDENT_SEVERITIES.find((each) => each === value) ?? "major")}
        />
        {about.releaseId !== null && (
          <p className="text-muted">
            It will be about the release <code>{about.releaseId}</code>
            {about.alias !== null && ` on ${about.alias}`}: the same release on the same alias is the same incident.
          </p>
        )}
        <Problem error={open.error ?? pin.error} opened={opened !== null} />
        <Button
          type="submit"
          kind="primary"
          size="control"
          className="max-sm:w-full"
          disabledReason={blocked}
          pendingLabel={isPending ? "Requesting…" : null}
        >
          Open the incident
        </Button>
      </form>
    </Card>
  );
}

function openInput(given: {
  application: string;
  about: IncidentAbout;
  title: string;
  severity: IncidentSeverity;
}): Inputs["incidents"]["open"] {
  const { application, about, title, severity } = given;
  const { alias, releaseId } = about;
  return {
    application,
    title: title.trim(),
    severity,
    ...(alias === null ? {} : { alias }),
    ...(releaseId === null ? {} : { releaseId }),
  };
}

function PinForm(props: NewIncidentScreenProps & { incidentId: string }): ReactNode {
  const me = useMe();
  const [note, setNote] = useState("");
  const { finish, pin } = useFinish(props);
  return (
    <Card title="Add it to the incident">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          // What fails is shown from the mutation's own state.
          if (!pin.isPending) finish(props.incidentId, note.trim()).catch(() => undefined);
        }}
      >
        <TextArea label="What it shows" value={note} onValueChange={setNote} />
        <Problem error={pin.error} opened={false} />
        <Button
          type="submit"
          kind="primary"
          size="control"
          className="max-sm:w-full"
          disabledReason={roleReason(me, "on_call")}
          pendingLabel={pin.isPending ? "Requesting…" : null}
        >
          Pin it
        </Button>
      </form>
    </Card>
  );
}

function Problem({ error, opened }: { error: unknown; opened: boolean }): ReactNode {
  if (error === null || error === undefined) return null;
  return (
    <Notice tone="breach" live>
      {opened && "The incident is open, but what it is about could not be pinned. "}
      {failureOf(error).detail}
    </Notice>
  );
}
