CREATE TABLE `notification_routes` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`application` text,
	`min_severity` text NOT NULL,
	`kinds` text NOT NULL,
	`settings` text NOT NULL,
	`enabled` integer NOT NULL,
	`disabled_reason` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `outbox_by_target` ON `outbox` (`target`,`id`);