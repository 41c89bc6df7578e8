CREATE TABLE `alias_moves` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`revision` integer NOT NULL,
	`from_release_id` text,
	`to_release_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`cause` text NOT NULL,
	`reason` text NOT NULL,
	`rollout_id` text,
	`incident_id` text,
	`audit_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `alias_moves_by_alias` ON `alias_moves` (`application`,`alias`,`at_ms`);--> statement-breakpoint
CREATE TABLE `aliases` (
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`release_id` text NOT NULL,
	`revision` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	`cause` text NOT NULL,
	PRIMARY KEY(`application`, `alias`)
);
--> statement-breakpoint
CREATE TABLE `release_marks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`release_id` text NOT NULL,
	`mark` text NOT NULL,
	`at_ms` integer NOT NULL,
	`reason` text NOT NULL,
	`incident_id` text,
	`rollout_id` text
);
--> statement-breakpoint
CREATE INDEX `release_marks_by_release` ON `release_marks` (`application`,`release_id`);--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`actor_role` text,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`before` text,
	`after` text,
	`reason` text,
	`request_id` text,
	`prev_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_by_target` ON `audit_entries` (`target`,`seq`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`actor_id` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`status` integer NOT NULL,
	`body` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`actor_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at_ms`);--> statement-breakpoint
CREATE TABLE `leases` (
	`name` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`target` text NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at_ms` integer NOT NULL,
	`delivered_at_ms` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`delivered_at_ms`,`target`,`id`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`scopes` text NOT NULL,
	`role` text,
	`created_at_ms` integer NOT NULL,
	`created_by` text NOT NULL,
	`expires_at_ms` integer,
	`last_used_at_ms` integer,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_by_hash` ON `tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `incident_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`incident_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`kind` text NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`text` text NOT NULL,
	`data` text,
	`audit_seq` integer
);
--> statement-breakpoint
CREATE INDEX `incident_events_by_incident` ON `incident_events` (`incident_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `incidents` (
	`id` text PRIMARY KEY NOT NULL,
	`application` text NOT NULL,
	`alias` text,
	`release_id` text,
	`rollout_id` text,
	`title` text NOT NULL,
	`cause` text NOT NULL,
	`severity` text NOT NULL,
	`status` text NOT NULL,
	`started_at_ms` integer,
	`detected_at_ms` integer NOT NULL,
	`mitigated_at_ms` integer,
	`drained_at_ms` integer,
	`resolved_at_ms` integer,
	`opened_by_kind` text NOT NULL,
	`opened_by_id` text NOT NULL,
	`opened_by_name` text NOT NULL,
	`dedup_key` text
);
--> statement-breakpoint
CREATE INDEX `incidents_by_application` ON `incidents` (`application`,`detected_at_ms`);--> statement-breakpoint
CREATE INDEX `incidents_by_dedup` ON `incidents` (`dedup_key`);--> statement-breakpoint
CREATE TABLE `applications` (
	`id` text PRIMARY KEY NOT NULL,
	`display_name` text NOT NULL,
	`segments` text NOT NULL,
	`store_content` integer DEFAULT false NOT NULL,
	`retention` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `evaluation_results` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`release_id` text NOT NULL,
	`suite` text NOT NULL,
	`format` text NOT NULL,
	`results` text NOT NULL,
	`report` text,
	`submitted_by` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `evaluation_results_by_release` ON `evaluation_results` (`application`,`release_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `feature_fingerprints` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`view` text NOT NULL,
	`side` text NOT NULL,
	`fingerprint` text NOT NULL,
	`config` text,
	`at_ms` integer NOT NULL,
	`submitted_by` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `feature_fingerprints_by_view` ON `feature_fingerprints` (`application`,`view`,`side`,`at_ms`);--> statement-breakpoint
CREATE TABLE `provenance` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`release_id` text NOT NULL,
	`registered_at_ms` integer NOT NULL,
	`registered_by` text NOT NULL,
	`git_commit` text,
	`author` text,
	`pipeline_url` text,
	`labels` text NOT NULL,
	`fingerprints` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `provenance_by_release` ON `provenance` (`application`,`release_id`);--> statement-breakpoint
CREATE TABLE `release_components` (
	`application` text NOT NULL,
	`release_id` text NOT NULL,
	`kind` text NOT NULL,
	`reference` text NOT NULL,
	PRIMARY KEY(`application`, `release_id`, `kind`)
);
--> statement-breakpoint
CREATE INDEX `release_components_by_reference` ON `release_components` (`reference`,`application`);--> statement-breakpoint
CREATE TABLE `releases` (
	`application` text NOT NULL,
	`id` text NOT NULL,
	`digest` text NOT NULL,
	`components` text NOT NULL,
	`digests` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`application`, `id`)
);
--> statement-breakpoint
CREATE INDEX `releases_by_id` ON `releases` (`id`);--> statement-breakpoint
CREATE INDEX `releases_by_time` ON `releases` (`application`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `approvals` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rollout_id` text NOT NULL,
	`step_index` integer NOT NULL,
	`verdict` text NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`at_ms` integer NOT NULL,
	`reason` text NOT NULL,
	`evidence_hash` text NOT NULL,
	`audit_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `approvals_by_rollout` ON `approvals` (`rollout_id`,`step_index`);--> statement-breakpoint
CREATE TABLE `evaluations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rollout_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`decision` text NOT NULL,
	`changed` integer NOT NULL,
	`step_index` integer NOT NULL,
	`policy_version` integer NOT NULL,
	`code_version` text NOT NULL,
	`detail` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `evaluations_by_rollout` ON `evaluations` (`rollout_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `evidence_states` (
	`rollout_id` text PRIMARY KEY NOT NULL,
	`consumed_to_ms` integer NOT NULL,
	`stat_version` text NOT NULL,
	`state` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `policies` (
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`digest` text NOT NULL,
	`document` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`name`, `version`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `policies_by_digest` ON `policies` (`name`,`digest`);--> statement-breakpoint
CREATE TABLE `rollout_transitions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rollout_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`event` text NOT NULL,
	`from_state` text NOT NULL,
	`to_state` text NOT NULL,
	`step_index` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`reason` text NOT NULL,
	`audit_seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `rollout_transitions_by_rollout` ON `rollout_transitions` (`rollout_id`,`id`);--> statement-breakpoint
CREATE TABLE `rollouts` (
	`id` text PRIMARY KEY NOT NULL,
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`candidate_id` text NOT NULL,
	`control_id` text,
	`policy_name` text NOT NULL,
	`policy_version` integer NOT NULL,
	`state` text NOT NULL,
	`paused_from` text,
	`pause_reason` text,
	`step_index` integer NOT NULL,
	`step_started_at_ms` integer NOT NULL,
	`started_at_ms` integer NOT NULL,
	`started_by_kind` text NOT NULL,
	`started_by_id` text NOT NULL,
	`started_by_name` text NOT NULL,
	`ended_at_ms` integer,
	`incident_id` text,
	`revision` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rollouts_live` ON `rollouts` (`application`,`alias`) WHERE ended_at_ms IS NULL;--> statement-breakpoint
CREATE INDEX `rollouts_by_candidate` ON `rollouts` (`application`,`candidate_id`);--> statement-breakpoint
CREATE INDEX `rollouts_by_time` ON `rollouts` (`application`,`started_at_ms`);