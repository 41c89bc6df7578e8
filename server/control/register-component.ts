/**
 * Registers one version of a component: its digest, where it is kept, what it is set up with. What is registered never
 * says something else later: other content is another version.
 */
import { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, openRecord, parseInput } from "@/server/domain/input";
import { ComponentDigest, kindOf, parseReference } from "@/server/domain/release/component-map";
import { ensureApplication } from "@/server/store/control/applications";
import {
  addKnownComponent,
  findKnownComponent,
  OWN_REGISTRY,
  type ComponentKey,
  type KnownComponentRow,
} from "@/server/store/control/components";
import { listPinnedReferences } from "@/server/store/control/releases";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";

const MAX_SETTINGS = 100;

export const RegisterComponentInput = closedObject({
  application: ApplicationId,
  /** Without a slot: the same tool schema may fill several. */
  kind: z
    .string()
    .min(1)
    .max(64)
    .refine((kind) => !kind.includes("/"), "must be a kind without a slot: tool_schema, not tool_schema/search"),
  /** `deploy@2.4.1` */
  reference: z
    .string()
    .max(440, "must have at most 440 characters")
    .refine((text) => {
      const parsed = parseReference(text);
      return parsed !== undefined && parsed.digest === undefined;
    }, "must be name@version, e.g. support@2.8; a digest goes into the member digest"),
  digest: ComponentDigest.optional(),
  uri: z.string().min(1).max(2048).optional(),
  /** Short values by name, e.g. `{"temperature": 0.2}`. */
  settings: openRecord(z.string().min(1).max(128), z.union([z.string().max(512), z.number(), z.boolean()]))
    .refine((settings) => Object.keys(settings).length <= MAX_SETTINGS, `at most ${MAX_SETTINGS} settings`)
    .optional(),
});
export type RegisterComponentInput = z.input<typeof RegisterComponentInput>;

export const RegisterComponentOutput = z.object({
  kind: z.string(),
  name: z.string(),
  version: z.string(),
  /** False when this version was known already. */
  created: z.boolean(),
});
export type RegisterComponentOutput = z.output<typeof RegisterComponentOutput>;

type Content = Pick<KnownComponentRow, "digest" | "uri" | "settings">;

/**
 * The same again changes nothing, and neither does less of it.
 *
 * @throws DomainError `conflict` when this version is known, or pinned by a release, with other content.
 */
export function registerComponent(context: ControlContext, input: RegisterComponentInput): RegisterComponentOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"] });
  const { application, kind, reference, ...rest } = parseInput(RegisterComponentInput, input, "the component");
  // The schema has parsed it.
  const { name = "", version = "" } = parseReference(reference) ?? {};
  const key = { application, kind, name, version };
  const content = { digest: rest.digest ?? null, uri: rest.uri ?? null, settings: rest.settings ?? null };
  return perform(context, (act) => {
    const known = findKnownComponent(act.tx, key);
    if (known === undefined) write(act, { key, content });
    else requireSameContent(known, content);
    return { kind, name, version, created: known === undefined };
  });
}

function requireSameContent(known: KnownComponentRow, given: Content): void {
  for (const member of ["digest", "uri", "settings"] as const) {
    if (given[member] === null || textOf(given[member]) === textOf(known[member])) continue;
    const has = known[member] === null ? `without ${member}` : `with ${member} ${textOf(known[member])}`;
    throw conflict(
      `${known.kind} ${known.name}@${known.version} is known to ${known.registry} ${has}, ` +
        `not ${textOf(given[member])}: a version never changes, so raise it`,
    );
  }
}

/** Settings read the same whatever the order of their names. */
function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** A release that carries another digest has been evaluated, and may serve, with other content. */
function requireSamePin({ tx }: Act, { key, digest }: { key: ComponentKey; digest: string | null }): void {
  if (digest === null) return;
  const reference = `${key.name}@${key.version}`;
  const pinned = listPinnedReferences(tx, { application: key.application, reference });
  const other = pinned.find((row) => kindOf(row.kind) === key.kind && row.reference !== `${reference}#${digest}`);
  if (other === undefined) return;
  throw conflict(
    `release ${other.releaseId} carries ${key.kind} ${other.reference}, not ${digest}: ` +
      "a version never changes, so raise it",
  );
}

function write(act: Act, { key, content }: { key: ComponentKey; content: Content }): void {
  const { nowMs } = act.context;
  const { application, kind, name, version } = key;
  requireSamePin(act, { key, digest: content.digest });
  ensureApplication(act.tx, { id: application, nowMs });
  addKnownComponent(act.tx, { ...key, ...content, registry: OWN_REGISTRY, seenAtMs: nowMs });
  writeAudit(act, {
    action: "component.registered",
    target: `application/${application}/component/${kind}/${name}@${version}`,
    after: content,
  });
}
