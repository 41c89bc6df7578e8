CREATE TABLE `action_items` (
	`id` text PRIMARY KEY NOT NULL,
	`incident_id` text NOT NULL,
	`application` text NOT NULL,
	`text` text NOT NULL,
	`type` text NOT NULL,
	`owner` text,
	`due_on` text,
	`status` text NOT NULL,
	`link` text,
	`revision` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `action_items_by_incident` ON `action_items` (`incident_id`);--> statement-breakpoint
CREATE INDEX `action_items_by_due` ON `action_items` (`status`,`due_on`);--> statement-breakpoint
CREATE TABLE `postmortems` (
	`incident_id` text NOT NULL,
	`version` integer NOT NULL,
	`status` text NOT NULL,
	`sections` text NOT NULL,
	`generated` text NOT NULL,
	`citations` text NOT NULL,
	`charts` text NOT NULL,
	`note` text,
	`at_ms` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`audit_seq` integer NOT NULL,
	PRIMARY KEY(`incident_id`, `version`)
);
--> statement-breakpoint
ALTER TABLE `incidents` ADD `commander` text;
--> statement-breakpoint
CREATE TRIGGER `postmortems_no_update` BEFORE UPDATE ON `postmortems` BEGIN SELECT RAISE(ABORT, 'postmortem versions are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `postmortems_no_delete` BEFORE DELETE ON `postmortems` BEGIN SELECT RAISE(ABORT, 'postmortem versions are append-only: DELETE is refused'); END;
