/** Says which alias of a registered model follows which component of one of our aliases. */
import { z } from "zod";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { ensureApplication } from "@/server/store/control/applications";
import { findRegistryLink, putRegistryLinkRow } from "@/server/store/control/registry";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const PutRegistryLinkInput = closedObject({
  application: ApplicationId,
  alias: AliasName,
  /** The component kind (or kind/slot) whose version the registry's alias follows. */
  kind: z.string().min(1).max(128),
  /** The registered model or prompt: a release's reference must have the same name. */
  model: z.string().min(1).max(256),
  /** MLflow's own rule: word characters and dashes, not `latest`, not `v1`. */
  registryAlias: z
    .string()
    .regex(/^(?!latest$)(?![vV]\d+$)[\w-]{1,255}$/i, "must be an alias that MLflow takes, e.g. production"),
});
export type PutRegistryLinkInput = z.input<typeof PutRegistryLinkInput>;

export const PutRegistryLinkOutput = z.object({ ...PutRegistryLinkInput.shape, created: z.boolean() });
export type PutRegistryLinkOutput = z.output<typeof PutRegistryLinkOutput>;

/** The same link again changes nothing. */
export function putRegistryLink(context: ControlContext, input: PutRegistryLinkInput): PutRegistryLinkOutput {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const given = parseInput(PutRegistryLinkInput, input, "the registry link");
  const { application, alias, kind, model, registryAlias } = given;
  return perform(context, (act) => {
    const before = findRegistryLink(act.tx, given);
    if (before?.model === model && before.registryAlias === registryAlias) return { ...given, created: false };
    ensureApplication(act.tx, { id: application, nowMs: context.nowMs });
    putRegistryLinkRow(act.tx, { ...given, createdAtMs: context.nowMs });
    writeAudit(act, {
      action: "registry_link.put",
      target: `application/${application}/alias/${alias}`,
      ...(before === undefined ? {} : { before: { model: before.model, registryAlias: before.registryAlias } }),
      after: { kind, model, registryAlias },
    });
    return { ...given, created: before === undefined };
  });
}
