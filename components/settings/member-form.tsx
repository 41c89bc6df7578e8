"use client";
/** Adds a person, who then signs in with the password given here. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { ROLES, type Role } from "@/server/domain/vocabulary";

const ROLE_CHOICES: readonly { value: Role; label: string }[] = [
  { value: "viewer", label: "viewer: reads everything" },
  { value: "on_call", label: "on-call: also rolls back, pauses, writes incidents" },
  { value: "release_manager", label: "release manager: also starts, approves, changes policies" },
  { value: "admin", label: "admin: also members and tokens" },
];

const NOBODY = { name: "", email: "", password: "", role: "on_call" as Role };

export function MemberForm(): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [person, setPerson] = useState(NOBODY);
  const create = useMutation(
    trpc.members.create.mutationOptions({
      onSuccess: () => setPerson(NOBODY),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.members.pathKey() }),
    }),
  );
  const change = (part: Partial<typeof NOBODY>): void => setPerson({ ...person, ...part });
  return (
    <Card title="New member">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(person);
        }}
      >
        <TextField
          label="Name"
          required
          value={person.name}
          onChange={(event) => change({ name: event.target.value })}
        />
        <TextField
          label="E-mail"
          type="email"
          required
          value={person.email}
          onChange={(event) => change({ email: event.target.value })}
        />
        <TextField
          label="First password, at least 12 characters"
          type="password"
          required
          minLength={12}
          autoComplete="new-password"
          value={person.password}
          onChange={(event) => change({ password: event.target.value })}
        />
        <SelectField
          label="Role"
          options={ROLE_CHOICES}
          value={person.role}
          onValueChange={(value) => change({ role: ROLES.find((each) => each === value) ?? "viewer" })}
        />
        <Button type="submit" kind="primary" pendingLabel={create.isPending ? "Adding…" : null}>
          Add
        </Button>
      </form>
      {create.error !== null && (
        <div className="mt-3">
          <Notice tone="breach" live>
            {failureOf(create.error).detail}
          </Notice>
        </div>
      )}
    </Card>
  );
}
