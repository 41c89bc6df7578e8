"use client";
/** Before anything exists: how the first application comes into being; its page follows as soon as it does. */
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { TextField } from "@/components/ui/field";
import { Sentence } from "@/components/ui/sentence";
import { PLACEHOLDERS } from "@/server/domain/first-steps/snippets";
import { SetUpGuide } from "./set-up-guide";

/** How often is looked for the first application, ms. */
const POLL_MS = 2_000;
const SLUG = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const NOTHING_YET = { registered: false, aliased: false, telemetry: false };

export function NoApplications(): ReactNode {
  const trpc = useTRPC();
  const router = useRouter();
  const [name, setName] = useState(PLACEHOLDERS.application);
  const query = useQuery({ ...trpc.applications.list.queryOptions({}), refetchInterval: POLL_MS });
  const hasOne = (query.data?.items.length ?? 0) > 0;
  useEffect(() => {
    if (hasOne) router.refresh();
  }, [hasOne, router]);
  const isSlug = SLUG.test(name);
  return (
    <main className="mx-auto flex w-full max-w-3xl flex-col gap-4 px-3 py-5 sm:px-6">
      <Sentence tone="info">No application yet: the first registered release makes one.</Sentence>
      <p className="text-muted">
        To look around with made-up data first, run <code>npm run demo</code>.
      </p>
      <TextField
        label="What is it called?"
        hint="Your LLM system, as its telemetry names it (service.name)."
        error={isSlug ? null : "must be like helpdesk: lower-case letters, digits, dots, dashes"}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SetUpGuide application={isSlug ? name : PLACEHOLDERS.application} done={NOTHING_YET} />
    </main>
  );
}
