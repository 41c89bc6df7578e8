/**
 * The component map: what a release is made of. Its canonical text is hashed into the release's identity, so nothing
 * here may normalise, trim or reorder what the registrant wrote.
 */
import { z } from "zod";
import type { Issue } from "@/server/domain/errors";
import { invalidInput } from "@/server/domain/errors";
import { jsonPointer, openRecord } from "@/server/domain/input";

/** At most so many components make one release. */
const MAX_COMPONENTS = 64;

/** `name@version`, apart, with the content digest where the value carries one. */
export interface ComponentReference {
  readonly name: string;
  readonly version: string;
  /** `sha256:<64 hex>` */
  readonly digest?: string;
}

/** `{kind or kind/slot: "name@version" | "name@version#sha256:…"}`: the value that is hashed. */
export type ComponentMap = Readonly<Record<string, string>>;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const PINNED = /^(.*)#(sha256:[0-9a-f]{64})$/s;

/**
 * Splits `name@version[#sha256:…]` at its last `@`, so that scoped names (`@acme/embed@2`) keep theirs.
 *
 * @returns undefined when there is no `@` or the name or the version is blank.
 */
export function parseReference(text: string): ComponentReference | undefined {
  const pinned = PINNED.exec(text);
  const reference = pinned?.[1] ?? text;
  const at = reference.lastIndexOf("@");
  const name = reference.slice(0, Math.max(at, 0));
  const version = reference.slice(at + 1);
  if (name.trim() === "" || version.trim() === "") return undefined;
  return pinned?.[2] === undefined ? { name, version } : { name, version, digest: pinned[2] };
}

const Kind = z.string().min(1, "a component needs a kind, e.g. prompt").max(128, "a kind has at most 128 characters");

const Reference = z
  .string()
  .max(512, "a reference has at most 512 characters")
  .refine((text) => parseReference(text) !== undefined, "must be name@version, e.g. support@2.8");

/** `components` of a registration: 1–64 of `{kind or kind/slot: "name@version"}`. */
export const ComponentsInput = openRecord(Kind, Reference).refine((components) => {
  const count = Object.keys(components).length;
  return count >= 1 && count <= MAX_COMPONENTS;
}, `a release has 1 to ${MAX_COMPONENTS} components`);

/** The SHA-256 of a component's content: `sha256:<64 hex>`. */
export const ComponentDigest = z.string().regex(DIGEST, "must be sha256: and 64 lower-case hex digits");

/** `digests` of a registration: `{kind: "sha256:<64 hex>"}`; `componentMap` checks that each kind exists. */
export const DigestsInput = openRecord(Kind, ComponentDigest);

/** The kind without its slot: `tool_schema/search` → `tool_schema`. */
export function kindOf(slot: string): string {
  return slot.split("/", 1)[0] ?? slot;
}

/**
 * Joins components and digests into the map that identifies the release.
 *
 * @throws DomainError `invalid_input` for a digest of a kind that is not a component, or that already carries one.
 */
export function componentMap(
  components: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, string>> = {},
): ComponentMap {
  const issues: Issue[] = [];
  for (const kind of Object.keys(digests)) {
    const pointer = jsonPointer(["digests", kind]);
    if (!Object.hasOwn(components, kind)) {
      issues.push({ pointer, message: `there is no component ${kind} to which this digest belongs` });
    } else if (components[kind]?.includes("#sha256:") === true) {
      issues.push({ pointer, message: `component ${kind} already carries a digest: give it once` });
    }
  }
  const [first] = issues;
  if (first !== undefined) throw invalidInput(`the digests are not valid: ${first.message}`, issues);
  return Object.fromEntries(
    Object.entries(components).map(([kind, reference]) => {
      const digest = Object.hasOwn(digests, kind) ? digests[kind] : undefined;
      return [kind, digest === undefined ? reference : `${reference}#${digest}`];
    }),
  );
}
