/**
 * The repository of an application as people set it up: where it is, what to read in it, and how Switchback may write.
 * Secrets are named, never held.
 */
import { z } from "zod";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { isBranchName, parseRemote } from "./remote";

/** `direct`: pushes to the branch, and proposes where that is refused; `propose`: always a branch and a pull request. */
const WRITE_BACKS = ["direct", "propose", "off"] as const;

/** Hosts with an interface for pull (merge) requests. */
const GIT_HOSTS = ["github", "gitlab"] as const;

/** `env:SWITCHBACK_GIT_TOKEN` or `file:git-token`: where a secret is, not what it is. */
const SecretReference = z
  .string()
  .regex(
    /^(env:SWITCHBACK_GIT_[A-Z0-9_]{1,64}|file:[A-Za-z0-9_-][A-Za-z0-9._-]{0,127})$/,
    "must name where the secret is: env:SWITCHBACK_GIT_… for a variable, file:NAME for a file of the secrets folder",
  );

const Folder = z
  .string()
  .max(256)
  .refine(isPathInside, "must be a path inside the repository, e.g. prompts: no leading slash, no ..");

/** Where things are in the repository; `{application}` and `{environment}` stand for the names. */
const GitPaths = closedObject({
  prompts: Folder.default("prompts"),
  features: Folder.default("features"),
  models: Folder.refine(
    (path) => path.split("/").every((segment) => segment === "{application}" || !segment.includes("{")),
    "{application} must be a whole folder, e.g. models/{application}",
  ).default("models/{application}"),
  aliases: Folder.default("deployments/{environment}/aliases.yaml"),
});
type GitPaths = z.output<typeof GitPaths>;

const Environment = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be a name like production");

/** Settings as they are put. What is left out takes its default, also when it was set before. */
export const GitRepository = closedObject({
  application: ApplicationId,
  remote: z.string().max(2048).superRefine(checkRemote),
  branch: z.string().refine(isBranchName, "must be the name of a branch, e.g. main").default("main"),
  /** Environments whose alias manifests this installation follows. */
  environments: z
    .array(Environment)
    .min(1, "name at least one environment, e.g. production")
    .max(16)
    .default(["production"]),
  paths: GitPaths.prefault({}),
  credentials: closedObject({
    /** For HTTPS; hosts that take any name beside a token ignore it. */
    username: z.string().min(1).max(128).default("switchback"),
    /** For HTTPS, and for the host's interface. */
    token: SecretReference.optional(),
    sshKey: SecretReference.optional(),
    knownHosts: SecretReference.optional(),
  }).prefault({}),
  /** What the host signs its push webhooks with; without it none is accepted. */
  webhookSecret: SecretReference.optional(),
  /** The kind of host, where its name does not say: a host of your own. */
  host: closedObject({ kind: z.enum(GIT_HOSTS), apiUrl: z.url().max(2048).optional() }).optional(),
  writeBack: z.enum(WRITE_BACKS, { error: `must be one of ${WRITE_BACKS.join(", ")}` }).default("direct"),
  /** Applies each new commit of the branch by itself; without it, only `gitops apply` does. */
  autoApply: z.boolean().default(false),
  pollSeconds: z.number().int().min(5).max(3600).default(60),
}).superRefine(({ environments, paths, credentials }, context) => {
  if (environments.length > 1 && !paths.aliases.includes("{environment}")) {
    const message = "must contain {environment}: several environments are followed";
    context.addIssue({ code: "custom", path: ["paths", "aliases"], message });
  }
  for (const name of ["sshKey", "knownHosts"] as const) {
    if (credentials[name]?.startsWith("env:") !== true) continue;
    const message = "must be file:NAME: ssh reads it from a file";
    context.addIssue({ code: "custom", path: ["credentials", name], message });
  }
});
export type GitRepository = z.output<typeof GitRepository>;

function checkRemote(text: string, context: z.RefinementCtx<string>): void {
  const remote = parseRemote(text);
  if ("problem" in remote) context.addIssue({ code: "custom", message: remote.problem });
}

/** A relative path of plain segments, as git writes them. */
export function isPathInside(path: string): boolean {
  if (path === "" || /[\p{Cc}\\]/u.test(path)) return false;
  return path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..");
}

/** Puts the names into a path: `deployments/{environment}/aliases.yaml` → `deployments/production/aliases.yaml`. */
export function fillPath(
  pattern: string,
  names: { readonly application: string; readonly environment?: string },
): string {
  return pattern
    .replaceAll("{application}", names.application)
    .replaceAll("{environment}", names.environment ?? "{environment}");
}
