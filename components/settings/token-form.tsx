"use client";
/** Creates a token and shows it the one time that it can be shown. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { CommandLine, Notice } from "@/components/ui/states";
import { ROLES, TOKEN_SCOPES } from "@/server/domain/vocabulary";

const SCOPE_WORDS = {
  ingest: "ingest: send telemetry and scores",
  gateway: "gateway: read aliases and assignments",
  ci: "ci: register releases, send gate results, start rollouts",
  read: "read: read everything",
} as const;

const MAY = [
  ...TOKEN_SCOPES.map((scope) => ({ value: `scope:${scope}`, label: SCOPE_WORDS[scope] })),
  ...ROLES.filter((role) => role !== "viewer").map((role) => ({
    value: `role:${role}`,
    label: `role ${role.replaceAll("_", " ")}: everything a person with it may do`,
  })),
];

const EXPIRES = [
  { value: "90d", label: "in 90 days" },
  { value: "365d", label: "in a year" },
  { value: "", label: "never" },
];

/** `scope:ingest` → the API's scopes, `role:admin` → its role. */
function grantOf(may: string): { scopes: (typeof TOKEN_SCOPES)[number][] } | { role: (typeof ROLES)[number] } {
  const [kind, name] = may.split(":");
  const role = ROLES.find((each) => each === name);
  if (kind === "role" && role !== undefined) return { role };
  return { scopes: TOKEN_SCOPES.filter((each) => each === name) };
}

export function TokenForm(): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [may, setMay] = useState("scope:ingest");
  const [expires, setExpires] = useState("90d");
  const create = useMutation(
    trpc.tokens.create.mutationOptions({
      onSuccess: () => setName(""),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.tokens.pathKey() }),
    }),
  );
  return (
    <Card title="New token">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === "") return;
          create.mutate({ name: name.trim(), ...grantOf(may), ...(expires === "" ? {} : { expires }) });
        }}
      >
        <TextField
          label="Name"
          placeholder="gateway-eu"
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField label="May" options={MAY} value={may} onValueChange={setMay} />
        <SelectField label="Expires" options={EXPIRES} value={expires} onValueChange={setExpires} />
        <Button type="submit" kind="primary" pendingLabel={create.isPending ? "Creating…" : null}>
          Create
        </Button>
      </form>
      {create.error !== null && (
        <div className="mt-3">
          <Notice tone="breach" live>
            {failureOf(create.error).detail}
          </Notice>
        </div>
      )}
      {create.data !== undefined && (
        <div className="mt-3 flex flex-col gap-2">
          <Notice tone="review" live>
            This is the only time the token “{create.data.name}” is shown. Copy it now.
          </Notice>
          <CommandLine command={create.data.token} label="token" />
        </div>
      )}
    </Card>
  );
}
