CREATE TABLE `alias_acks` (
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`gateway` text NOT NULL,
	`revision` integer NOT NULL,
	`release_id` text NOT NULL,
	`region` text,
	`confirmed_at_ms` integer NOT NULL,
	`seen_at_ms` integer NOT NULL,
	PRIMARY KEY(`application`, `alias`, `gateway`)
);
--> statement-breakpoint
CREATE TABLE `audit_checkpoints` (
	`size` integer PRIMARY KEY NOT NULL,
	`origin` text NOT NULL,
	`hash` text NOT NULL,
	`at_ms` integer NOT NULL,
	`public_key` text NOT NULL,
	`signature` text NOT NULL
);
--> statement-breakpoint
CREATE TRIGGER `audit_checkpoints_no_update` BEFORE UPDATE ON `audit_checkpoints` BEGIN SELECT RAISE(ABORT, 'audit checkpoints are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_checkpoints_no_delete` BEFORE DELETE ON `audit_checkpoints` BEGIN SELECT RAISE(ABORT, 'audit checkpoints are append-only: DELETE is refused'); END;
