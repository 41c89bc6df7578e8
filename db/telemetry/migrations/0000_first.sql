CREATE TABLE `dictionary` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` integer NOT NULL,
	`word` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dictionary_by_word` ON `dictionary` (`kind`,`word`);--> statement-breakpoint
CREATE TABLE `pending_scores` (
	`id` integer PRIMARY KEY NOT NULL,
	`hash` integer NOT NULL,
	`target_kind` text NOT NULL,
	`target` text NOT NULL,
	`name` text NOT NULL,
	`judge` text,
	`value` real NOT NULL,
	`time_ms` integer NOT NULL,
	`received_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pending_scores_by_hash` ON `pending_scores` (`hash`);--> statement-breakpoint
CREATE TABLE `request_buckets` (
	`bucket` integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `request_content` (
	`request` integer PRIMARY KEY NOT NULL,
	`input` text,
	`output` text
);
--> statement-breakpoint
CREATE TABLE `request_keys` (
	`id` integer PRIMARY KEY NOT NULL,
	`request` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `request_links` (
	`id` integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `requests` (
	`id` integer PRIMARY KEY NOT NULL,
	`application` integer NOT NULL,
	`time_ms` integer NOT NULL,
	`received_after_ms` integer NOT NULL,
	`release` integer,
	`release_source` integer NOT NULL,
	`track` integer NOT NULL,
	`status` integer NOT NULL,
	`request_id` blob,
	`trace_id` blob,
	`span_id` blob,
	`response_id` blob,
	`shadow_of` blob,
	`subject` blob,
	`region` integer,
	`tenant` integer,
	`segments` integer,
	`error_type` integer,
	`refused` integer,
	`toxic` integer,
	`policy_violation` integer,
	`task_completed` integer,
	`ttft_us` integer,
	`ttft_side` integer,
	`duration_us` integer,
	`input_tokens` integer,
	`output_tokens` integer,
	`reasoning_tokens` integer,
	`cost_nano_usd` integer,
	`attributes` blob,
	`sources` integer,
	`flags` integer,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `requests_by_time` ON `requests` (`application`,`time_ms`);--> statement-breakpoint
CREATE TABLE `scores` (
	`request` integer NOT NULL,
	`name` integer NOT NULL,
	`judge` integer NOT NULL,
	`value` real NOT NULL,
	`time_ms` integer NOT NULL,
	PRIMARY KEY(`request`, `name`, `judge`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `evidence_10s` (
	`id` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rollups_10s` (
	`id` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rollups_1h` (
	`id` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rollups_1m` (
	`id` integer PRIMARY KEY NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `series` (
	`id` integer PRIMARY KEY NOT NULL,
	`application` integer NOT NULL,
	`release` integer NOT NULL,
	`track` integer NOT NULL,
	`segment_key` integer NOT NULL,
	`segment_value` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `series_by_application` ON `series` (`application`);