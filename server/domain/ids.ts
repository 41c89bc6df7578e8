/** The identifiers of the domain, their shapes, and branded types so that one is never passed for another. */
import { z } from "zod";

/** `deploy-assistant`: lower-case slug, 1–63 characters, starts with a letter or digit. */
export const ApplicationId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be a slug like deploy-assistant: [a-z0-9][a-z0-9._-]{0,62}")
  .brand<"ApplicationId">();
export type ApplicationId = z.infer<typeof ApplicationId>;

/** First 10 hex digits of a release's digest. */
export const ReleaseId = z
  .string()
  .regex(/^[0-9a-f]{10}$/, "must be a release id: 10 lower-case hex digits")
  .brand<"ReleaseId">();
export type ReleaseId = z.infer<typeof ReleaseId>;

/** `production`, `candidate`, …: lower-case slug, 1–63 characters. */
export const AliasName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be an alias name like production: [a-z0-9][a-z0-9._-]{0,62}")
  .brand<"AliasName">();
export type AliasName = z.infer<typeof AliasName>;

/** Policy name: the same slug. */
export const PolicyName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "must be a policy name like default: [a-z0-9][a-z0-9._-]{0,62}")
  .brand<"PolicyName">();
export type PolicyName = z.infer<typeof PolicyName>;

/** `rol_…`, `inc_…`, `eva_…`: a prefix and 26 Crockford base-32 digits that sort by creation time (ULID). */
export const RolloutId = z
  .string()
  .regex(/^rol_[0-9A-HJKMNP-TV-Z]{26}$/, "must be a rollout id: rol_ and 26 capital letters and digits")
  .brand<"RolloutId">();
export type RolloutId = z.infer<typeof RolloutId>;

/** A gateway's own id of a request: any 1–128 characters. */
export const RequestId = z.string().min(1).max(128).brand<"RequestId">();
export type RequestId = z.infer<typeof RequestId>;
