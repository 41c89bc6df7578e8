/** The closed word lists of the domain. The database and the API learn their enums from here. */

export const TRACKS = ["control", "canary", "shadow"] as const;
export type Track = (typeof TRACKS)[number];

export const ALIAS_MOVE_CAUSES = [
  "promotion",
  "rollback",
  "break_glass",
  "reconcile",
  "registry_sync",
  "manual",
] as const;
export type AliasMoveCause = (typeof ALIAS_MOVE_CAUSES)[number];

export const ROLLOUT_STATES = [
  "draft",
  "gating",
  "shadow",
  "canary",
  "soak",
  "paused",
  "promoted",
  "rolled_back",
  "rejected",
  "aborted",
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

export const DECISIONS = ["continue", "pause_for_review", "rollback", "promote"] as const;
export type Decision = (typeof DECISIONS)[number];

export const THRESHOLD_ACTIONS = ["rollback", "pause_for_review", "notify"] as const;
export type ThresholdAction = (typeof THRESHOLD_ACTIONS)[number];

/** What becomes of a policy's version: put in force at once, proposed because it loosens a rule, and how that ended. */
export const POLICY_CHANGE_KINDS = ["in_force", "proposed", "approved", "rejected"] as const;

export const ROLES = ["viewer", "on_call", "release_manager", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const TOKEN_SCOPES = ["ingest", "gateway", "ci", "read"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export const REQUEST_STATUSES = ["ok", "error"] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

export const INCIDENT_STATUSES = ["open", "mitigated", "resolved"] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

export const INCIDENT_SEVERITIES = ["critical", "major", "minor"] as const;
export type IncidentSeverity = (typeof INCIDENT_SEVERITIES)[number];

/** Kinds the product knows by name; other kinds are accepted. */
export const COMPONENT_KINDS = [
  "prompt",
  "model",
  "adapter",
  "router",
  "judge",
  "guardrail",
  "feature_view",
  "retrieval_index",
  "embedding_model",
  "chunker",
  "tool_schema",
  "generation",
] as const;
