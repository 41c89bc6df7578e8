/** Plays the story: registers the releases, loads two days of history, starts the canary, and keeps live traffic flowing. */
import { setTimeout as delay } from "node:timers/promises";
import { simulateRequest, type DemoRequest } from "./answers";
import type { PublicInterface } from "./public-interface";
import { seededRandom, type Random } from "./random";
import {
  ALIAS,
  APPLICATION,
  CANDIDATE,
  CHANGED_VIEW,
  FIRST,
  GOLDEN_SET,
  GOOD,
  OFFLINE_TRANSFORMATION,
  ONLINE_TRANSFORMATION,
  POLICY,
  POLICY_NAME,
  SEGMENTS,
  type StoryRelease,
} from "./story";

export interface Play {
  seed: number;
  /** Live requests per second. */
  requestsPerSecond: number;
  /** The skew begins this long after the canary, ms. */
  healthyMs: number;
  /** Hours of history to load. */
  historyHours: number;
  say: (line: string) => void;
}

interface Assignment {
  track: "control" | "canary";
  releaseId: string;
}

/** What the story needs to remember. */
interface Cast {
  goodId: string;
  candidateId: string;
  rolloutId: string;
}

/** What people say at such moments. */
const OVERRIDE = "golden set, safety and latency are fine, the fingerprint is probably a formatting difference";

const HISTORY_REQUESTS_PER_HOUR = 360;
const SUBJECTS = 4_000;

/** Who acts in the story: a pipeline, a release manager who overrides a warning, and the gateway. */
export interface Actors {
  pipeline: PublicInterface;
  manager: PublicInterface;
  gateway: PublicInterface;
}

/** Sets the scene and starts the canary. Returns who plays. */
export async function setTheScene({ pipeline, manager, gateway }: Actors, play: Play): Promise<Cast> {
  const api = manager;
  const app = `/api/v1/applications/${APPLICATION}`;
  await api.control("PUT", app, { displayName: "DeployBuddy", segments: SEGMENTS });
  await api.control("PUT", `/api/v1/policies/${POLICY_NAME}`, POLICY);
  const firstId = await register(pipeline, FIRST);
  const goodId = await register(pipeline, GOOD);
  const candidateId = await register(pipeline, CANDIDATE);
  await api.control("PUT", `${app}/aliases/${ALIAS}`, { releaseId: firstId, reason: "first release of DeployBuddy" });
  await api.control("PUT", `${app}/aliases/${ALIAS}`, { releaseId: goodId, reason: "prompt 2.8 after its canary" });
  await submit(pipeline, firstId, GOLDEN_SET.first);
  await submit(pipeline, goodId, GOLDEN_SET.good);
  await submit(pipeline, candidateId, GOLDEN_SET.candidate);
  play.say(`registered ${firstId}, ${goodId} (production) and ${candidateId} (candidate)`);
  const loaded = await loadHistory(gateway, play, goodId);
  play.say(`loaded ${loaded} requests of the last ${play.historyHours} hours`);
  await api.control("POST", "/api/v1/features/fingerprints", {
    application: APPLICATION,
    view: CHANGED_VIEW,
    side: "offline",
    config: OFFLINE_TRANSFORMATION,
  });
  await api.control("POST", "/api/v1/features/fingerprints", {
    application: APPLICATION,
    view: CHANGED_VIEW,
    side: "online",
    config: ONLINE_TRANSFORMATION,
  });
  const rollout = await pipeline.control<{ id: string; state: string; sentence?: string }>("POST", "/api/v1/rollouts", {
    application: APPLICATION,
    alias: ALIAS,
    candidate: candidateId,
    policy: POLICY_NAME,
  });
  if (rollout.state === "paused") {
    play.say(
      "the gates passed, but offline and online feature computation differ: the rollout is paused before any traffic",
    );
    await manager.control("POST", `/api/v1/rollouts/${rollout.id}/approve`, { reason: OVERRIDE });
    play.say(`somebody overrides it: "${OVERRIDE}"`);
  }
  play.say(`the canary of ${candidateId} serves 20 % of tenants`);
  return { goodId, candidateId, rolloutId: rollout.id };
}

async function register(api: PublicInterface, release: StoryRelease): Promise<string> {
  const { label, ...rest } = release;
  const answer = await api.control<{ releaseId: string }>("POST", "/api/v1/releases", {
    application: APPLICATION,
    ...rest,
    labels: { title: label },
  });
  return answer.releaseId;
}

async function submit(api: PublicInterface, releaseId: string, results: Record<string, number>): Promise<void> {
  await api.control("POST", `/api/v1/releases/${releaseId}/evaluations`, { suite: "golden-set", results });
}

/** Two days of quiet traffic with a daily rhythm, in batches the intake takes whole. */
async function loadHistory(api: PublicInterface, play: Play, releaseId: string): Promise<number> {
  const random = seededRandom(play.seed);
  const nowMs = Date.now();
  const startMs = nowMs - play.historyHours * 3_600_000;
  let batch: DemoRequest[] = [];
  let sent = 0;
  let number = 0;
  for (let timeMs = startMs; timeMs < nowMs - 1_000; timeMs += gapMs(random, timeMs)) {
    number += 1;
    batch.push(
      simulateRequest(random, {
        ...visitor(random),
        requestId: `hist-${play.seed}-${number}`,
        releaseId,
        track: "control",
        timeMs,
        changedFeatures: false,
        skewed: false,
      }),
    );
    if (batch.length === 5_000) {
      sent += (await api.sendRequests(batch)).accepted;
      batch = [];
    }
  }
  if (batch.length > 0) sent += (await api.sendRequests(batch)).accepted;
  return sent;
}

/** Exponential gaps around a rate that is lowest at 4 in the morning, UTC. */
function gapMs(random: Random, timeMs: number): number {
  const hour = (timeMs / 3_600_000) % 24;
  const rhythm = 1 + 0.6 * Math.sin(((hour - 10) / 24) * 2 * Math.PI);
  return (-Math.log(1 - random.uniform()) * 3_600_000) / (HISTORY_REQUESTS_PER_HOUR * rhythm);
}

function visitor(random: Random): { subject: string } {
  return { subject: `tenant-${1 + Math.floor(random.uniform() * SUBJECTS)}` };
}

/** Live traffic until `signal` aborts: each visitor is routed by the assignment the product gives. */
export async function playLive(
  { gateway: api }: Pick<Actors, "gateway">,
  { play, cast, signal }: { play: Play; cast: Cast; signal: AbortSignal },
): Promise<void> {
  const random = seededRandom(play.seed + 1);
  const startedMs = Date.now();
  const tellings = new Set<string>();
  let number = 0;
  while (!signal.aborted) {
    const skewed = Date.now() - startedMs > play.healthyMs;
    if (skewed) tellOnce(play, tellings, "us-west now serves the new features from the other materialisation path");
    const visitors = Array.from({ length: play.requestsPerSecond }, () => visitor(random));
    const routed = await Promise.all(visitors.map((one) => assign(api, one.subject)));
    const batch = visitors.map((one, index) => {
      number += 1;
      const { track, releaseId } = routed[index] ?? { track: "control" as const, releaseId: cast.goodId };
      const timeMs = Date.now() - Math.floor(random.uniform() * 1_000);
      const changedFeatures = releaseId === cast.candidateId;
      return simulateRequest(random, {
        ...one,
        requestId: `live-${play.seed}-${startedMs.toString(36)}-${number}`,
        releaseId,
        track,
        timeMs,
        changedFeatures,
        skewed,
      });
    });
    await api.sendRequests(batch);
    await tellState(api, play, cast, tellings);
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
}

function assign(api: PublicInterface, subject: string): Promise<Assignment> {
  return api.control<Assignment>(
    "GET",
    `/api/v1/applications/${APPLICATION}/assignment?subject=${encodeURIComponent(subject)}`,
  );
}

async function tellState(api: PublicInterface, play: Play, cast: Cast, told: Set<string>): Promise<void> {
  const rollout = await api.control<{ state: string; sentence?: string }>("GET", `/api/v1/rollouts/${cast.rolloutId}`);
  if (rollout.state === "rolled_back") tellOnce(play, told, `rolled back: ${rollout.sentence ?? "see the page"}`);
  if (rollout.state === "paused") tellOnce(play, told, `paused for review: ${rollout.sentence ?? "see the page"}`);
}

function tellOnce(play: Play, told: Set<string>, line: string): void {
  if (told.has(line)) return;
  told.add(line);
  play.say(line);
}
