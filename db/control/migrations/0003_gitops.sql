CREATE TABLE `git_aliases` (
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`environment` text NOT NULL,
	`path` text NOT NULL,
	`reference` text NOT NULL,
	`release_id` text,
	`declared_at_ms` integer NOT NULL,
	`commit` text NOT NULL,
	`state` text NOT NULL,
	`latched` integer NOT NULL,
	`state_since_ms` integer NOT NULL,
	PRIMARY KEY(`application`, `alias`)
);
--> statement-breakpoint
CREATE TABLE `git_repositories` (
	`application` text PRIMARY KEY NOT NULL,
	`settings` text NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `git_states` (
	`application` text PRIMARY KEY NOT NULL,
	`head_commit` text,
	`head_author` text,
	`head_committed_at_ms` integer,
	`head_seen_at_ms` integer,
	`declared` text,
	`checked_at_ms` integer,
	`reached_at_ms` integer,
	`error` text,
	`failing_since_ms` integer,
	`requested_at_ms` integer,
	`applied_commit` text,
	`applied_at_ms` integer
);
--> statement-breakpoint
CREATE TABLE `git_write_backs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`audit_seq` integer NOT NULL,
	`incident_id` text,
	`from_release_id` text NOT NULL,
	`to_release_id` text NOT NULL,
	`status` text NOT NULL,
	`commit` text,
	`branch` text,
	`url` text,
	`message` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `git_write_backs_by_audit` ON `git_write_backs` (`audit_seq`);--> statement-breakpoint
CREATE INDEX `git_write_backs_by_alias` ON `git_write_backs` (`application`,`alias`,`id`);--> statement-breakpoint
ALTER TABLE `outbox` ADD `gave_up_at_ms` integer;