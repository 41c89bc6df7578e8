CREATE TABLE `calibrations` (
	`rollout_id` text PRIMARY KEY NOT NULL,
	`policy_name` text NOT NULL,
	`policy_version` integer NOT NULL,
	`runs` integer NOT NULL,
	`elapsed_sec` integer NOT NULL,
	`alarms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `calibrations_by_policy` ON `calibrations` (`policy_name`,`policy_version`);