/** What will be changed after an incident: its kind, its state, and when it is late. */
import { z } from "zod";

export const ACTION_TYPES = ["prevent", "detect", "mitigate"] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

/** `dropped`: decided against, with the reason in the audit log. */
export const ACTION_STATUSES = ["open", "done", "dropped"] as const;
export type ActionStatus = (typeof ACTION_STATUSES)[number];

/** A calendar day, `2026-05-01`: a due date has no time and no zone. */
export const DueDate = z.iso.date({ error: "must be a day like 2026-05-01" });

/** Whether an open action's day has passed everywhere on Earth (UTC−12) at `nowMs`. */
export function isOverdue({ status, dueOn }: { status: ActionStatus; dueOn: string | null }, nowMs: number): boolean {
  if (status !== "open" || dueOn === null) return false;
  return nowMs >= Date.parse(`${dueOn}T00:00:00-12:00`) + 86_400_000;
}
