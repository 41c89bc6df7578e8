"use client";
/** Where the repository is, how it is reached, and whether Switchback may write to it. Secrets are named, never typed here. */
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { GitDrift, Inputs } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { ReasonForm } from "@/components/ui/reason-form";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { useGitSettled } from "./use-git-action";

type Settings = Inputs["git"]["put"];
type Repository = NonNullable<GitDrift["repository"]>;

/** Every field as text, so that what is typed stays what was typed. */
type Typed = Record<(typeof FIELDS)[number]["name"] | "writeBack" | "autoApply", string>;

const FIELDS = [
  { name: "remote", label: "Remote", placeholder: "https://github.com/acme/prompts.git", wide: true },
  { name: "branch", label: "Branch", placeholder: "main" },
  { name: "environments", label: "Environments, by comma", placeholder: "production" },
  { name: "token", label: "Token, where it is", placeholder: "env:SWITCHBACK_GIT_TOKEN" },
  { name: "sshKey", label: "SSH key, where it is", placeholder: "file:git-key" },
  { name: "knownHosts", label: "Known hosts, where they are", placeholder: "file:known_hosts" },
  { name: "webhookSecret", label: "Webhook secret, where it is", placeholder: "env:SWITCHBACK_GIT_WEBHOOK_SECRET" },
  { name: "pollSeconds", label: "Look every … seconds", placeholder: "60" },
  { name: "prompts", label: "Prompts in", placeholder: "prompts" },
  { name: "features", label: "Features in", placeholder: "features" },
  { name: "models", label: "Releases in", placeholder: "models/{application}" },
  { name: "aliases", label: "Aliases in", placeholder: "deployments/{environment}/aliases.yaml" },
] as const satisfies readonly { name: string; label: string; placeholder: string; wide?: boolean }[];

const WRITE_BACK_OPTIONS = [
  { value: "direct", label: "push to the branch, or propose where that is refused" },
  { value: "propose", label: "always open a pull (merge) request" },
  { value: "off", label: "never write" },
];
const APPLY_OPTIONS = [
  { value: "no", label: "by a pipeline or a person" },
  { value: "yes", label: "by itself, each new commit of the branch" },
];

/** Where each text of the form stands in the settings. */
const PLACES: Readonly<Record<(typeof FIELDS)[number]["name"], (repository: Repository) => string | undefined>> = {
  remote: ({ remote }) => remote,
  branch: ({ branch }) => branch,
  environments: ({ environments }) => environments.join(", "),
  token: ({ credentials }) => credentials.token,
  sshKey: ({ credentials }) => credentials.sshKey,
  knownHosts: ({ credentials }) => credentials.knownHosts,
  webhookSecret: ({ webhookSecret }) => webhookSecret,
  pollSeconds: ({ pollSeconds }) => String(pollSeconds),
  prompts: ({ paths }) => paths.prompts,
  features: ({ paths }) => paths.features,
  models: ({ paths }) => paths.models,
  aliases: ({ paths }) => paths.aliases,
};

function typedOf(repository: Repository | null): Typed {
  const texts = FIELDS.map(({ name }) => [name, repository === null ? "" : (PLACES[name](repository) ?? "")] as const);
  return {
    // Every field is in the list that the type is made of.
    ...(Object.fromEntries(texts) as Record<(typeof FIELDS)[number]["name"], string>),
    writeBack: repository?.writeBack ?? "direct",
    autoApply: repository?.autoApply === true ? "yes" : "no",
  };
}

/** What was left empty takes its default; what the form does not show stays as it was. */
function settingsOf(application: string, typed: Typed, before: Repository | null): Settings {
  const given = <Name extends keyof Typed>(name: Name): Partial<Record<Name, string>> =>
    typed[name].trim() === "" ? {} : ({ [name]: typed[name].trim() } as Partial<Record<Name, string>>);
  const environments = typed.environments.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  return {
    application,
    remote: typed.remote.trim(),
    ...given("branch"),
    ...(environments.length === 0 ? {} : { environments }),
    credentials: {
      ...(before === null ? {} : { username: before.credentials.username }),
      ...given("token"),
      ...given("sshKey"),
      ...given("knownHosts"),
    },
    ...given("webhookSecret"),
    ...(before?.host === undefined ? {} : { host: before.host }),
    ...(typed.pollSeconds.trim() === "" ? {} : { pollSeconds: Number(typed.pollSeconds) }),
    paths: { ...given("prompts"), ...given("features"), ...given("models"), ...given("aliases") },
    writeBack: WRITE_BACKS.find((value) => value === typed.writeBack) ?? "direct",
    autoApply: typed.autoApply === "yes",
  };
}

const WRITE_BACKS = ["direct", "propose", "off"] as const;

export function RepositorySettings({ drift }: { drift: GitDrift }): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const { application, repository } = drift;
  const [edited, setEdited] = useState<Typed | null>(null);
  const settled = useGitSettled();
  const put = useMutation(trpc.git.put.mutationOptions({ ...settled, onSuccess: () => setEdited(null) }));
  const typed = edited ?? typedOf(repository);
  const set = (name: keyof Typed) => (value: string) => setEdited({ ...typed, [name]: value });
  const blocked =
    roleReason(me, "admin") ??
    (edited === null ? "Nothing was changed" : typed.remote.trim() === "" ? "A remote is needed" : null);
  return (
    <Card
      title="Repository"
      note={repository === null ? "none is connected" : "secrets are named here and kept on the server"}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked === null) put.mutate(settingsOf(application, typed, repository));
        }}
      >
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {FIELDS.map((field) => (
            <TextField
              key={field.name}
              label={field.label}
              placeholder={field.placeholder}
              value={typed[field.name]}
              onChange={(event) => set(field.name)(event.target.value)}
              {...("wide" in field ? { className: "sm:col-span-2 xl:col-span-3", required: true } : {})}
            />
          ))}
          <SelectField
            label="After a rollback"
            options={WRITE_BACK_OPTIONS}
            value={typed.writeBack}
            onValueChange={set("writeBack")}
          />
          <SelectField
            label="Commits are applied"
            options={APPLY_OPTIONS}
            value={typed.autoApply}
            onValueChange={set("autoApply")}
          />
        </div>
        {put.error !== null && (
          <Notice tone="breach" live>
            {failureOf(put.error).detail}
          </Notice>
        )}
        <div>
          <Button type="submit" kind="primary" disabledReason={blocked} pendingLabel={put.isPending ? "Saving…" : null}>
            {repository === null ? "Connect the repository" : "Save the settings"}
          </Button>
        </div>
      </form>
      {repository !== null && <Connected application={application} />}
    </Card>
  );
}

/** Where webhooks go, and letting go of the repository. */
function Connected({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const remove = useMutation(trpc.git.remove.mutationOptions(useGitSettled()));
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-hairline pt-3">
      <p className="text-sm text-muted">
        Push webhooks of GitHub and GitLab, signed with the secret, go to{" "}
        <code className="break-all">/api/v1/applications/{application}/git/webhook</code>.
      </p>
      <ReasonForm
        title="Disconnect the repository"
        hint="The application goes on without git; what was written back stays on record."
        kind="danger"
        disabledReason={roleReason(me, "admin")}
        pending={remove.isPending}
        problem={remove.error === null ? null : failureOf(remove.error).detail}
        onSubmit={(reason) => remove.mutate({ application, reason })}
      />
    </div>
  );
}
