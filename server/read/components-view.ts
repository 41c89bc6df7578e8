/** The registry of components: what there is, which versions each has, and where one of them is used. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { INCIDENT_STATUSES, ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { ReleaseRef } from "./common-view";
import { pageOf } from "./page";
import { ReleaseStateWord } from "./release-view";

const Settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const ComponentView = z.object({
  application: z.string(),
  kind: z.string(),
  /** `name@version`, with `#digest` where one was given. */
  reference: z.string(),
  name: z.string(),
  version: z.string(),
  digest: z.string().nullable(),
  /** Where it is kept, as the registry or the pipeline says. */
  uri: z.string().nullable(),
  /** What it was set up with; null when nobody said. */
  settings: Settings.nullable(),
  /** Which registry is known to hold it; `switchback` when it was registered here, null for one that only releases name. */
  registry: z.string().nullable(),
  releases: z.number().int(),
  firstRegisteredAt: Time,
  lastRegisteredAt: Time,
});

/** `GET /api/v1/components`, by application, kind and reference. */
export const ComponentsView = pageOf(ComponentView);
export type ComponentsView = z.input<typeof ComponentsView>;

/** One component with all its versions together. */
const ComponentNameView = z.object({
  kind: z.string(),
  name: z.string(),
  versions: z.number().int(),
  /** The version that was registered last, in a release or by itself. */
  newest: z.object({ version: z.string(), at: Time }),
  /** The versions in the releases that aliases point at now. */
  serving: z.array(z.object({ alias: z.string(), version: z.string() })),
});

/** `GET /api/v1/components/names`, by kind and name. */
export const ComponentNamesView = z.object({ sentence: z.string(), items: z.array(ComponentNameView) });
export type ComponentNamesView = z.input<typeof ComponentNamesView>;

/** How the releases with one version stand: each is counted once. */
const Outcomes = z.object({
  serving: z.number().int(),
  inFlight: z.number().int(),
  promoted: z.number().int(),
  rolledBack: z.number().int(),
  rejected: z.number().int(),
  /** Registered and never rolled out. */
  unused: z.number().int(),
});

const ComponentVersionView = ComponentView.omit({ application: true, kind: true, name: true }).extend({
  outcomes: Outcomes,
});
export type ComponentVersionView = z.input<typeof ComponentVersionView>;

/** `GET /api/v1/components/versions`: one component, the version registered last first. */
export const ComponentVersionsView = z.object({
  application: z.string(),
  kind: z.string(),
  name: z.string(),
  sentence: z.string(),
  versions: z.array(ComponentVersionView),
});
export type ComponentVersionsView = z.input<typeof ComponentVersionsView>;

/** One release that contains the component. */
const ComponentUseView = z.object({
  kind: z.string(),
  release: ReleaseRef,
  /** Registered then. */
  since: Time,
  state: ReleaseStateWord,
  aliases: z.array(z.string()),
  /** When an alias first pointed at it; null when none ever did. */
  firstServedAt: Time.nullable(),
  /** How its rollouts went, newest first. */
  rollouts: z.array(
    z.object({ id: z.string(), state: z.enum(ROLLOUT_STATES), startedAt: Time, endedAt: Time.nullable() }),
  ),
  /** Incidents about the release, newest first. */
  incidents: z.array(
    z.object({ id: z.string(), title: z.string(), status: z.enum(INCIDENT_STATUSES), detectedAt: Time }),
  ),
  /** Why a rollback marked it, when the mark stands. */
  bad: z.string().nullable(),
});

/** `GET /api/v1/components/usage`, newest release first. */
export const ComponentUsageView = z.object({ sentence: z.string(), items: z.array(ComponentUseView) });
export type ComponentUsageView = z.input<typeof ComponentUsageView>;
