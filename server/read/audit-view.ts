/** The audit log as pages and exports show it: exactly the fields that are hashed, plus the hash. */
import { z } from "zod";
import { Time } from "@/server/domain/time";

export const AuditEntryView = z.object({
  seq: z.number().int(),
  at: Time,
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string(), role: z.string().optional() }),
  action: z.string(),
  target: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  reason: z.string().optional(),
  requestId: z.string().optional(),
  prevHash: z.string(),
  hash: z.string(),
});

/** A signed checkpoint, in the very form that `switchback audit verify --checkpoint` reads. */
const CheckpointView = z.object({
  origin: z.string(),
  size: z.number().int(),
  hash: z.string(),
  time: Time,
  publicKey: z.string(),
  signature: z.string(),
});
export const CheckpointPageView = z.object({ items: z.array(CheckpointView), nextCursor: z.string().optional() });
export const AuditKeyView = z.object({
  algorithm: z.literal("Ed25519"),
  /** SPKI, base64. */
  publicKey: z.string(),
  /** SHA-256 of the public key: note it, and compare it when an export is verified. */
  fingerprint: z.string(),
});

/** What an application's git repository keeps of the checkpoints. */
export const AuditWitnessView = z.object({
  /** Whether there is a repository that Switchback may write to. */
  configured: z.boolean(),
  /** The newest checkpoint that is there; null before the first. */
  kept: z.object({ size: z.number().int(), at: Time }).nullable(),
  /** Checkpoints that are not there yet. */
  waiting: z.number().int(),
  /** Why the first of them is not, when it was tried. */
  error: z.string().nullable(),
});

export const AuditPageView = z.object({ items: z.array(AuditEntryView), nextCursor: z.string().optional() });
export const AuditVerifyView = z.object({
  entries: z.number().int(),
  valid: z.boolean(),
  firstBroken: z.number().int().nullable(),
  head: z.string(),
  verifiedAt: Time,
});
export type AuditVerifyView = z.input<typeof AuditVerifyView>;
