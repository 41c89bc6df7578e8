CREATE TABLE `known_components` (
	`application` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`registry` text NOT NULL,
	`digest` text,
	`uri` text,
	`seen_at_ms` integer NOT NULL,
	PRIMARY KEY(`application`, `kind`, `name`, `version`)
);
--> statement-breakpoint
CREATE TABLE `registry_links` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`alias` text NOT NULL,
	`kind` text NOT NULL,
	`model` text NOT NULL,
	`registry_alias` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `registry_links_once` ON `registry_links` (`application`,`alias`,`kind`);--> statement-breakpoint
CREATE TABLE `registry_moves` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`link_id` integer NOT NULL,
	`outcome` text NOT NULL,
	`before_version` text,
	`requested_version` text,
	`observed_version` text,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `registry_moves_by_link` ON `registry_moves` (`link_id`,`id`);--> statement-breakpoint
CREATE TABLE `feature_set_values` (
	`set_id` integer NOT NULL,
	`row` integer NOT NULL,
	`feature` text NOT NULL,
	`entity` text NOT NULL,
	`event_ms` integer NOT NULL,
	`value_ms` integer NOT NULL,
	`value` text,
	PRIMARY KEY(`set_id`, `row`, `feature`)
);
--> statement-breakpoint
CREATE INDEX `feature_set_values_by_entity` ON `feature_set_values` (`set_id`,`entity`,`feature`);--> statement-breakpoint
CREATE TABLE `feature_sets` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`view` text NOT NULL,
	`suite` text NOT NULL,
	`row_count` integer NOT NULL,
	`leak_count` integer NOT NULL,
	`profiles` text NOT NULL,
	`at_ms` integer NOT NULL,
	`submitted_by` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `feature_sets_by_view` ON `feature_sets` (`application`,`view`,`id`);--> statement-breakpoint
CREATE TABLE `feature_views` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`view` text NOT NULL,
	`revision` integer NOT NULL,
	`digest` text NOT NULL,
	`schema` text NOT NULL,
	`ttl_ms` integer,
	`sources` text NOT NULL,
	`transformation` text,
	`fingerprint` text,
	`definition` text,
	`at_ms` integer NOT NULL,
	`submitted_by` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `feature_views_by_view` ON `feature_views` (`application`,`view`,`id`);--> statement-breakpoint
CREATE TABLE `judge_anchors` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`judge` text NOT NULL,
	`score` text NOT NULL,
	`item_id` text NOT NULL,
	`value` real NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `judge_anchors_once` ON `judge_anchors` (`application`,`judge`,`score`,`at_ms`,`item_id`);--> statement-breakpoint
CREATE TABLE `judge_labels` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`application` text NOT NULL,
	`judge` text NOT NULL,
	`score` text NOT NULL,
	`item_id` text NOT NULL,
	`judge_value` real NOT NULL,
	`human_value` real NOT NULL,
	`labelled_by` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `judge_labels_once` ON `judge_labels` (`application`,`judge`,`score`,`item_id`,`labelled_by`,`at_ms`);--> statement-breakpoint
CREATE INDEX `judge_labels_by_judge` ON `judge_labels` (`application`,`judge`,`score`,`at_ms`);--> statement-breakpoint
ALTER TABLE `evaluation_results` ADD `items` text;
--> statement-breakpoint
CREATE TRIGGER `feature_views_no_update` BEFORE UPDATE ON `feature_views` BEGIN SELECT RAISE(ABORT, 'feature views are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_views_no_delete` BEFORE DELETE ON `feature_views` BEGIN SELECT RAISE(ABORT, 'feature views are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_sets_no_update` BEFORE UPDATE ON `feature_sets` BEGIN SELECT RAISE(ABORT, 'feature sets are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_sets_no_delete` BEFORE DELETE ON `feature_sets` BEGIN SELECT RAISE(ABORT, 'feature sets are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_set_values_no_update` BEFORE UPDATE ON `feature_set_values` BEGIN SELECT RAISE(ABORT, 'feature values are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_set_values_no_delete` BEFORE DELETE ON `feature_set_values` BEGIN SELECT RAISE(ABORT, 'feature values are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `judge_labels_no_update` BEFORE UPDATE ON `judge_labels` BEGIN SELECT RAISE(ABORT, 'labels are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `judge_labels_no_delete` BEFORE DELETE ON `judge_labels` BEGIN SELECT RAISE(ABORT, 'labels are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `judge_anchors_no_update` BEFORE UPDATE ON `judge_anchors` BEGIN SELECT RAISE(ABORT, 'anchor scores are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `judge_anchors_no_delete` BEFORE DELETE ON `judge_anchors` BEGIN SELECT RAISE(ABORT, 'anchor scores are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `known_components_no_update` BEFORE UPDATE ON `known_components` BEGIN SELECT RAISE(ABORT, 'known components are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `known_components_no_delete` BEFORE DELETE ON `known_components` BEGIN SELECT RAISE(ABORT, 'known components are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `registry_moves_no_update` BEFORE UPDATE ON `registry_moves` BEGIN SELECT RAISE(ABORT, 'registry moves are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `registry_moves_no_delete` BEFORE DELETE ON `registry_moves` BEGIN SELECT RAISE(ABORT, 'registry moves are append-only: DELETE is refused'); END;
