/** What people say about a judge's scores, and its repeated scores of fixed answers. Rows are only ever added. */
import { index, integer, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** One human label beside the judge's score; tens a week per judge. */
export const judgeLabels = sqliteTable(
  "judge_labels",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    /** The judge's component reference: `groundedness@3`. */
    judge: text("judge").notNull(),
    /** The score that was judged. */
    score: text("score").notNull(),
    /** The request or case that both looked at. */
    itemId: text("item_id").notNull(),
    judgeValue: real("judge_value").notNull(),
    humanValue: real("human_value").notNull(),
    labelledBy: text("labelled_by").notNull(),
    atMs: integer("at_ms").notNull(),
  },
  (table) => [
    // The same label sent again is the same label.
    uniqueIndex("judge_labels_once").on(
      table.application,
      table.judge,
      table.score,
      table.itemId,
      table.labelledBy,
      table.atMs,
    ),
    // Recent labels of a judge.
    index("judge_labels_by_judge").on(table.application, table.judge, table.score, table.atMs),
  ],
);

/** One score of one fixed answer in one run over the anchor set; a set's size per run. */
export const judgeAnchors = sqliteTable(
  "judge_anchors",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    judge: text("judge").notNull(),
    score: text("score").notNull(),
    itemId: text("item_id").notNull(),
    value: real("value").notNull(),
    /** When the run was made; the same for all its scores. */
    atMs: integer("at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("judge_anchors_once").on(table.application, table.judge, table.score, table.atMs, table.itemId),
  ],
);
