"use client";
/** Adds a route or changes one. Each field says what is wrong with it; secrets are named, never typed in. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { NOTIFICATION_KINDS } from "@/server/domain/notification/kinds";
import type { Channel } from "@/server/domain/notification/route";
import { INCIDENT_SEVERITIES } from "@/server/domain/vocabulary";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { CHANNELS, checkedRoute, initialFields, type FieldSpec, type RouteDraft } from "./route-draft";

interface RouteFormProps {
  draft: RouteDraft;
  onDraft: (draft: RouteDraft) => void;
  onDone: () => void;
}

type Errors = Readonly<Record<string, string>>;

const CHANNEL_NAMES: readonly Channel[] = ["slack", "pagerduty", "teams", "email", "webhook"];

export function RouteForm({ draft, onDraft, onDone }: RouteFormProps): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [errors, setErrors] = useState<Errors>({});
  const put = useMutation(
    trpc.notifications.put.mutationOptions({
      onSuccess: onDone,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.notifications.pathKey() }),
    }),
  );
  const submit = (): void => {
    const checked = checkedRoute(draft);
    setErrors(checked.errors ?? {});
    if (checked.input !== null && !put.isPending) put.mutate(checked.input);
  };
  const change = (members: Partial<RouteDraft>): void => onDraft({ ...draft, ...members });
  return (
    <Card title={draft.routeId === null ? "New route" : `Change ${draft.name}`}>
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Fields draft={draft} errors={errors} onChange={change} />
        <KindsField draft={draft} onChange={change} />
        {put.error !== null && (
          <Notice tone="breach" live>
            {failureOf(put.error).detail}
          </Notice>
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" kind="primary" pendingLabel={put.isPending ? "Saving…" : null}>
            {draft.routeId === null ? "Add the route" : "Save the route"}
          </Button>
          <Button kind="ghost" onClick={onDone}>
            Cancel
          </Button>
        </div>
      </form>
    </Card>
  );
}

interface FieldsProps {
  draft: RouteDraft;
  errors: Errors;
  onChange: (members: Partial<RouteDraft>) => void;
}

function Fields({ draft, errors, onChange }: FieldsProps): ReactNode {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <TextField
        label="Name"
        placeholder="on-call chat"
        value={draft.name}
        error={errors["name"] ?? null}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <ApplicationField draft={draft} onChange={onChange} />
      <SelectField
        label="From which severity on"
        options={INCIDENT_SEVERITIES.toReversed().map((value) => ({ value, label: SEVERITY_WORDS[value] }))}
        value={draft.minSeverity}
        onValueChange={(value) =>
          onChange({ minSeverity: INCIDENT_SEVERITIES.find((each) => each === value) ?? "major" })
        }
      />
      <SelectField
        label="Channel"
        options={CHANNEL_NAMES.map((value) => ({ value, label: CHANNELS[value].word }))}
        value={draft.channel}
        onValueChange={(value) => {
          const channel = CHANNEL_NAMES.find((each) => each === value) ?? "slack";
          onChange({ channel, fields: initialFields(channel) });
        }}
      />
      {CHANNELS[draft.channel].fields.map((spec) => (
        <ChannelField
          key={`${draft.channel}-${spec.name}`}
          spec={spec}
          value={draft.fields[spec.name] ?? ""}
          error={errors[spec.name] ?? null}
          onValue={(value) => onChange({ fields: { ...draft.fields, [spec.name]: value } })}
        />
      ))}
    </div>
  );
}

const SEVERITY_WORDS = { critical: "critical alone", major: "major and critical", minor: "everything" } as const;

function ApplicationField(props: { draft: RouteDraft; onChange: (members: Partial<RouteDraft>) => void }): ReactNode {
  const trpc = useTRPC();
  const applications = useQuery({ ...trpc.applications.list.queryOptions({}), staleTime: 60_000 }).data?.items ?? [];
  return (
    <SelectField
      label="Application"
      options={[
        { value: "", label: "every application" },
        ...applications
          // Of a rehearsal nobody is told.
          .filter(({ id }) => !isRehearsal(id))
          .map(({ id, displayName }) => ({ value: id, label: displayName })),
      ]}
      value={props.draft.application}
      onValueChange={(application) => props.onChange({ application })}
    />
  );
}

function ChannelField(props: {
  spec: FieldSpec;
  value: string;
  error: string | null;
  onValue: (value: string) => void;
}): ReactNode {
  const { spec, value, error, onValue } = props;
  const { label, hint, options, placeholder } = spec;
  const shared = { label, error, ...(hint === undefined ? {} : { hint }) };
  if (options !== undefined) return <SelectField {...shared} options={options} value={value} onValueChange={onValue} />;
  return (
    <TextField
      {...shared}
      {...(placeholder === undefined ? {} : { placeholder })}
      value={value}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onValue(event.target.value)}
    />
  );
}

function KindsField({ draft, onChange }: { draft: RouteDraft; onChange: (members: Partial<RouteDraft>) => void }) {
  return (
    <fieldset>
      <legend className="text-sm font-medium text-muted">
        Which kinds <span className="font-normal">(none chosen: all of them)</span>
      </legend>
      <div className="mt-1 grid gap-x-4 sm:grid-cols-2 lg:grid-cols-3">
        {NOTIFICATION_KINDS.map((kind) => (
          <label key={kind} className="flex min-h-8 items-center gap-2">
            <input
              type="checkbox"
              className="size-5"
              checked={draft.kinds.includes(kind)}
              onChange={(event) =>
                onChange({
                  kinds: event.target.checked ? [...draft.kinds, kind] : draft.kinds.filter((each) => each !== kind),
                })
              }
            />
            <code>{kind}</code>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
