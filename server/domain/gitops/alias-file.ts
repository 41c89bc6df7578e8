/**
 * The alias manifest of an environment: `deployments/<environment>/aliases.yaml`. Aliases stand under `aliases`, of one
 * application directly or of several under their names.
 */
import { z } from "zod";
import { AliasName, ReleaseId } from "@/server/domain/ids";
import { issuesOf } from "@/server/domain/input";
import { errorIn, type Finding } from "./finding";

const Value = z
  .string({ error: "must name a release, e.g. deploy-assistant@1.10" })
  .min(1, "must name a release, e.g. deploy-assistant@1.10")
  .max(256);

const AliasFile = z.object({
  aliases: z.record(z.string(), z.union([Value, z.record(z.string(), Value)], { error: "must name a release" }), {
    error: "is needed: a map of alias and release",
  }),
});

/** One alias as the manifest declares it. */
export interface AliasDeclaration {
  readonly alias: string;
  /** As written: `deploy-assistant@1.10`, `1.10` or a release id. */
  readonly reference: string;
  /** The way to the value in the document. */
  readonly keys: readonly string[];
}

/**
 * The aliases of one application. What names a release of `others`, applications that the repository also holds, is read
 * with their own settings.
 */
export function readAliasFile(
  path: string,
  { document, application, others }: { document: unknown; application: string; others: ReadonlySet<string> },
): { aliases: AliasDeclaration[]; findings: Finding[] } {
  const parsed = AliasFile.safeParse(document);
  if (!parsed.success) {
    const findings = issuesOf(parsed.error).map(({ pointer, message }) =>
      errorIn(path, "aliases_invalid", { message: `${pointer} ${message}`.trim() }),
    );
    return { aliases: [], findings };
  }
  const declared = Object.entries(parsed.data.aliases).flatMap(([key, value]): AliasDeclaration[] => {
    if (typeof value === "string") {
      return isOf(others, value) ? [] : [{ alias: key, reference: value, keys: ["aliases", key] }];
    }
    if (key !== application) return [];
    return Object.entries(value).map(([alias, reference]) => ({ alias, reference, keys: ["aliases", key, alias] }));
  });
  const findings = declared.flatMap(({ alias, keys }) => checkAlias(path, { alias, keys, declared }));
  return { aliases: declared.filter(({ alias }) => AliasName.safeParse(alias).success), findings };
}

/** `other-app@1.2` is a release of other-app. */
function isOf(applications: ReadonlySet<string>, reference: string): boolean {
  return applications.has(reference.slice(0, Math.max(0, reference.lastIndexOf("@"))));
}

function checkAlias(
  path: string,
  { alias, keys, declared }: { alias: string; keys: readonly string[]; declared: readonly AliasDeclaration[] },
): Finding[] {
  const name = AliasName.safeParse(alias);
  if (!name.success)
    return [errorIn(path, "aliases_invalid", { message: `/${keys.join("/")} ${name.error.issues[0]?.message ?? ""}` })];
  const twice = declared.filter((one) => one.alias === alias).length > 1;
  return twice
    ? [errorIn(path, "alias_repeated", { message: `${alias} is declared twice: leave one of them out` })]
    : [];
}

/** A declared release, as far as references are resolved by it. */
export interface NamedRelease {
  /** `deploy-assistant@1.10`. */
  readonly reference: string;
  readonly releaseId: string;
}

/**
 * The release that a reference names: a declared one by its full or its bare name, else a release by its id.
 *
 * @returns null when it is neither.
 */
export function resolveReference(
  reference: string,
  { application, releases }: { application: string; releases: readonly NamedRelease[] },
): string | null {
  const declared = releases.find(
    (one) => one.reference === reference || one.reference === `${application}@${reference}`,
  );
  if (declared !== undefined) return declared.releaseId;
  return ReleaseId.safeParse(reference).success ? reference : null;
}
