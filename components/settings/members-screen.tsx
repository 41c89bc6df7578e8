"use client";
/** The people of the installation: who they are, what they may do; adding one, changing a role, ending sessions. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { MemberItem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField } from "@/components/ui/field";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { ROLE_WORDS } from "@/components/vocabulary/states";
import { ROLES } from "@/server/domain/vocabulary";
import { MemberForm } from "./member-form";

export function MembersScreen(): ReactNode {
  const trpc = useTRPC();
  const query = useQuery(trpc.members.list.queryOptions({}));
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">Members</h1>
      <QueryState query={query} name="Members">
        {(page) => (
          <>
            <p className="text-md">{membersSentence(page.items)}</p>
            <MemberForm />
            <MemberTable members={page.items} />
          </>
        )}
      </QueryState>
    </div>
  );
}

/** `3 people may sign in: 1 admin, 2 on-call.` */
export function membersSentence(members: readonly Pick<MemberItem, "role">[]): string {
  const counts = ROLES.toReversed().flatMap((role) => {
    const count = members.filter((member) => member.role === role).length;
    return count === 0 ? [] : [`${count} ${ROLE_WORDS[role]}`];
  });
  return `${members.length === 1 ? "1 person" : `${members.length} people`} may sign in: ${counts.join(", ")}.`;
}

const ROLE_OPTIONS = ROLES.map((role) => ({ value: role, label: ROLE_WORDS[role] }));

/** The role, changed at once by the server; one's own stays, so that nobody locks everybody out by a slip. */
function Role({ member }: { member: MemberItem }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const setRole = useMutation(
    trpc.members.setRole.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.members.pathKey() }),
    }),
  );
  if (me?.id === member.id) return <span>{ROLE_WORDS[member.role]} (you)</span>;
  return (
    <span className="inline-flex flex-col gap-1">
      <SelectField
        label={`Role of ${member.name}`}
        hideLabel
        options={ROLE_OPTIONS}
        value={member.role}
        disabled={setRole.isPending}
        onValueChange={(value) => {
          const role = ROLES.find((each) => each === value);
          if (role !== undefined) setRole.mutate({ userId: member.id, role });
        }}
      />
      {setRole.error !== null && <Notice tone="breach">{failureOf(setRole.error).detail}</Notice>}
    </span>
  );
}

function EndSessions({ member }: { member: MemberItem }): ReactNode {
  const trpc = useTRPC();
  const end = useMutation(trpc.members.endSessions.mutationOptions());
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Button
        size="small"
        aria-label={`Sign out everywhere: ${member.name}`}
        pendingLabel={end.isPending ? "Requesting…" : null}
        onClick={() => end.mutate({ userId: member.id })}
      >
        Sign out everywhere
      </Button>
      <output className="text-sm text-muted">
        {end.data !== undefined && `${end.data.ended} ended`}
        {end.error !== null && failureOf(end.error).detail}
      </output>
    </span>
  );
}

function MemberTable({ members }: { members: readonly MemberItem[] }): ReactNode {
  const columns: Column<MemberItem>[] = [
    { key: "name", header: "Name", lead: true, cell: (member) => <span className="font-medium">{member.name}</span> },
    { key: "email", header: "E-mail", cell: (member) => <span className="break-all">{member.email}</span> },
    { key: "role", header: "Role", cell: (member) => <Role member={member} /> },
    { key: "since", header: "Since", cell: (member) => <Time at={member.createdAt} precision="day" /> },
    { key: "sessions", header: "Sessions", cell: (member) => <EndSessions member={member} /> },
  ];
  return (
    <Card title="People" flush>
      <ScrollArea label="People">
        <Table caption="People, by name" columns={columns} rows={members} rowKey={(member) => member.id} />
      </ScrollArea>
    </Card>
  );
}
