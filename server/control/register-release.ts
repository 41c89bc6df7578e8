/** Registers a release: the same component map again is the same release with one more provenance record. */
import { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, openRecord, parseInput } from "@/server/domain/input";
import { componentMap, ComponentsInput, DigestsInput } from "@/server/domain/release/component-map";
import { releaseDigest, releaseId } from "@/server/domain/release/release-id";
import { ensureApplication } from "@/server/store/control/applications";
import { addProvenance, addRelease, findReleaseAnywhere } from "@/server/store/control/releases";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { requireNoRehearsal } from "./put-application";
import { requireRole } from "./require-role";

const Fingerprint = z.string().regex(/^[0-9a-f]{8}$/, "must be a fingerprint: 8 lower-case hex digits");
const Line = z.string().min(1).max(512);

export const RegisterReleaseInput = closedObject({
  application: ApplicationId,
  components: ComponentsInput,
  digests: DigestsInput.optional(),
  gitCommit: Line.optional(),
  author: Line.optional(),
  pipelineUrl: z
    .url({ protocol: /^https?$/, error: "must be an http or https address" })
    .max(2048)
    .optional(),
  /** Feature view → the fingerprint that offline evaluation used. */
  fingerprints: openRecord(z.string().min(1).max(128), Fingerprint).optional(),
  labels: openRecord(z.string().min(1).max(128), z.string().max(512)).optional(),
});
export type RegisterReleaseInput = z.input<typeof RegisterReleaseInput>;

export const RegisterReleaseOutput = z.object({
  releaseId: ReleaseId,
  /** SHA-256 of the component map, 64 hex digits. */
  digest: z.string(),
  created: z.boolean(),
});
export type RegisterReleaseOutput = z.output<typeof RegisterReleaseOutput>;

/**
 * @throws DomainError `invalid_input`; `conflict` when another component map already has this 10-digit id.
 */
export function registerRelease(context: ControlContext, input: RegisterReleaseInput): RegisterReleaseOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const given = parseInput(RegisterReleaseInput, input, "the release");
  requireNoRehearsal(given.application);
  return perform(context, (act) => writeRelease(act, given));
}

/** What is registered, after it was checked. */
type Registration = Pick<z.output<typeof RegisterReleaseInput>, "application" | "components"> &
  Partial<z.output<typeof RegisterReleaseInput>>;

/** Writes a release with its provenance and the audit entry, in the transaction of the verb that has checked the role. */
export function writeRelease(act: Act, given: Registration): RegisterReleaseOutput {
  const { nowMs } = act.context;
  const map = componentMap(given.components, given.digests);
  const id = releaseId(map);
  const digest = releaseDigest(map);
  const registered = findReleaseAnywhere(act.tx, id);
  const collision = registered.find((row) => row.digest !== digest);
  if (collision !== undefined) {
    throw conflict(
      `release ${id} already names other components in ${collision.application} (digest ${collision.digest}, ` +
        `not ${digest}): change a component's version, so that the two can be told apart`,
    );
  }
  const created = !registered.some((row) => row.application === given.application);
  if (created) {
    ensureApplication(act.tx, { id: given.application, nowMs });
    const digests = given.digests ?? {};
    addRelease(act.tx, { application: given.application, id, digest, components: map, digests, createdAtMs: nowMs });
  }
  keepProvenance(act, { given, id, created });
  return { releaseId: id, digest, created };
}

function keepProvenance(act: Act, { given, id, created }: { given: Registration; id: string; created: boolean }): void {
  const { nowMs, actor } = act.context;
  const record = {
    gitCommit: given.gitCommit ?? null,
    author: given.author ?? null,
    pipelineUrl: given.pipelineUrl ?? null,
    labels: given.labels ?? {},
    fingerprints: given.fingerprints ?? {},
  };
  addProvenance(act.tx, {
    application: given.application,
    releaseId: id,
    registeredAtMs: nowMs,
    registeredBy: actor.name,
    ...record,
  });
  writeAudit(act, {
    action: "release.registered",
    target: `application/${given.application}/release/${id}`,
    after: { ...record, components: given.components, digests: given.digests ?? {}, created },
  });
}
