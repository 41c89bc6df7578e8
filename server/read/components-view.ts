/** The registry of components, and where one of them is used. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ReleaseRef } from "./common-view";
import { pageOf } from "./page";
import { ReleaseStateWord } from "./release-view";

export const ComponentView = z.object({
  application: z.string(),
  kind: z.string(),
  /** `name@version`, with `#digest` where one was given. */
  reference: z.string(),
  name: z.string(),
  version: z.string(),
  digest: z.string().nullable(),
  /** Where a registry that was seen to hold it keeps it. */
  uri: z.string().nullable(),
  releases: z.number().int(),
  firstRegisteredAt: Time,
  lastRegisteredAt: Time,
});

/** `GET /api/v1/components`, by application, kind and reference. */
export const ComponentsView = pageOf(ComponentView);
export type ComponentsView = z.input<typeof ComponentsView>;

/** One release that contains the component. */
export const ComponentUseView = z.object({
  kind: z.string(),
  release: ReleaseRef,
  /** Registered then. */
  since: Time,
  state: ReleaseStateWord,
  aliases: z.array(z.string()),
  /** When an alias first pointed at it; null when none ever did. */
  firstServedAt: Time.nullable(),
  /** How its rollouts went, newest first. */
  rollouts: z.array(z.object({ id: z.string(), state: z.string(), startedAt: Time, endedAt: Time.nullable() })),
  /** Why a rollback marked it, when the mark stands. */
  bad: z.string().nullable(),
});

/** `GET /api/v1/components/usage`, newest release first. */
export const ComponentUsageView = z.object({ sentence: z.string(), items: z.array(ComponentUseView) });
export type ComponentUsageView = z.input<typeof ComponentUsageView>;
