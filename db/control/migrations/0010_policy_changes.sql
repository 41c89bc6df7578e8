CREATE TABLE `policy_changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`kind` text NOT NULL,
	`at_ms` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`reason` text,
	`audit_seq` integer
);
--> statement-breakpoint
CREATE INDEX `policy_changes_by_name` ON `policy_changes` (`name`,`id`);--> statement-breakpoint
ALTER TABLE `policies` ADD `text` text;--> statement-breakpoint
-- Until now the newest version was the one in force.
INSERT INTO `policy_changes` (`name`, `version`, `kind`, `at_ms`, `actor_kind`, `actor_id`, `actor_name`) SELECT `name`, `version`, 'in_force', `created_at_ms`, 'person', `created_by`, `created_by` FROM `policies` ORDER BY `name`, `version`;
--> statement-breakpoint
-- Rule 1: these rows are never changed or deleted.
CREATE TRIGGER `policy_changes_no_update` BEFORE UPDATE ON `policy_changes` BEGIN SELECT RAISE(ABORT, 'policy changes are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `policy_changes_no_delete` BEFORE DELETE ON `policy_changes` BEGIN SELECT RAISE(ABORT, 'policy changes are append-only: DELETE is refused'); END;
