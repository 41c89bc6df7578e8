"use client";
/** The application's own keys for fields: where its gateway calls a thing by a name that no convention has. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { TelemetryHealth } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { TELEMETRY_FIELDS, type TelemetryField } from "@/server/domain/request/telemetry-keys";

type Keys = TelemetryHealth["telemetryKeys"];
type Keyed = keyof Keys;

const FIELDS = TELEMETRY_FIELDS.filter((field): field is Keyed & TelemetryField => field !== "application");

interface OwnKeysProps {
  application: string;
  keys: Keys;
}

export function OwnKeys({ application, keys }: OwnKeysProps): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const put = useMutation(
    trpc.applications.put.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.intake.pathKey() }),
    }),
  );
  const blocked = roleReason(me, "release_manager");
  const set = (field: Keyed, list: readonly string[]): void =>
    put.mutate({ application, telemetryKeys: { ...keys, [field]: [...list] } });
  const entries = FIELDS.flatMap((field) => (keys[field] ?? []).map((key) => ({ field, key })));
  return (
    <Card title="Own keys" note="tried before every convention, from the moment they are set">
      <div className="flex flex-col gap-3">
        {entries.length === 0 ? (
          <p className="text-muted">
            None. Name one where the gateway calls a thing by a name of its own: <code>acme.build</code> for the release
            id.
          </p>
        ) : (
          <ul className="flex flex-col gap-1">
            {entries.map(({ field, key }) => (
              <li key={`${field} ${key}`} className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{field}</span>
                <span className="text-muted">from</span>
                <code className="break-all">{key}</code>
                <Button
                  size="small"
                  kind="ghost"
                  aria-label={`Remove ${key} for ${field}`}
                  blocked={blocked !== null}
                  onClick={() =>
                    set(
                      field,
                      (keys[field] ?? []).filter((one) => one !== key),
                    )
                  }
                >
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        )}
        <AddKey
          blocked={blocked}
          isPending={put.isPending}
          onAdd={(field, key) => set(field, [...(keys[field] ?? []), key])}
        />
        {put.error !== null && (
          <Notice tone="breach" live>
            {failureOf(put.error).detail}
          </Notice>
        )}
      </div>
    </Card>
  );
}

interface AddKeyProps {
  blocked: string | null;
  isPending: boolean;
  onAdd: (field: Keyed, key: string) => void;
}

function AddKey({ blocked, isPending, onAdd }: AddKeyProps): ReactNode {
  const [field, setField] = useState<Keyed>("releaseId");
  const [key, setKey] = useState("");
  const reason = blocked ?? (key.trim() === "" ? "Name the key" : null);
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (reason !== null) return;
        onAdd(field, key.trim());
        setKey("");
      }}
    >
      <SelectField
        label="Field"
        options={FIELDS.map((one) => ({ value: one, label: one }))}
        value={field}
        onValueChange={(value) => setField(FIELDS.find((one) => one === value) ?? "releaseId")}
      />
      <TextField
        label="Key; key*1000 where it is in seconds"
        placeholder="acme.build"
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      <Button type="submit" disabledReason={reason} pendingLabel={isPending ? "Saving…" : null}>
        Add
      </Button>
    </form>
  );
}
