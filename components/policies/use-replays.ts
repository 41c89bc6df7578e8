"use client";
/** Replays one rollout after another, a draft and the version in force on each, so that a page shows progress and can stop. */
import { useEffect, useRef, useState } from "react";
import { useTRPCClient } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { PolicyReplay } from "@/components/data/outputs";

/** One rollout under both; the version in force is null for a new policy. */
export interface ReplayRow {
  draft: PolicyReplay;
  inForce: PolicyReplay | null;
}

export interface ReplayRun {
  status: "idle" | "running" | "done" | "stopped" | "failed";
  rows: readonly ReplayRow[];
  /** Rollouts that were asked for; 0 until their list is known. */
  total: number;
  /** Why it failed. */
  detail?: string;
}

export interface ReplayChoice {
  application: string;
  name: string;
  text: string;
  inForceVersion: number | null;
  /** One rollout, or how many of the newest. */
  rollouts: { id: string } | { last: number };
}

export function useReplays(): { run: ReplayRun; start: (choice: ReplayChoice) => void; stop: () => void } {
  const client = useTRPCClient();
  const [run, setRun] = useState<ReplayRun>({ status: "idle", rows: [], total: 0 });
  const stopper = useRef<AbortController | null>(null);
  useEffect(() => () => stopper.current?.abort(), []);

  const follow = async (choice: ReplayChoice, signal: AbortSignal): Promise<void> => {
    const { application, name, text, inForceVersion, rollouts } = choice;
    const rows: ReplayRow[] = [];
    let total = 0;
    try {
      const ids =
        "id" in rollouts
          ? [rollouts.id]
          : (await client.rollouts.list.query({ application, limit: rollouts.last }, { signal })).items.map(
              ({ id }) => id,
            );
      total = ids.length;
      setRun({ status: "running", rows: [], total });
      for (const rolloutId of ids) {
        const draft = await client.policies.replay.mutate({ name, text, rolloutId }, { signal });
        const stored = inForceVersion === null ? null : { name, version: inForceVersion, rolloutId };
        const inForce = stored === null ? null : await client.policies.replay.mutate(stored, { signal });
        rows.push({ draft, inForce });
        setRun({ status: "running", rows: [...rows], total });
      }
      setRun({ status: "done", rows, total });
    } catch (error) {
      if (signal.aborted) setRun({ status: "stopped", rows, total });
      else setRun({ status: "failed", rows, total, detail: failureOf(error).detail });
    }
  };
  return {
    run,
    start: (choice) => {
      stopper.current?.abort();
      const controller = new AbortController();
      stopper.current = controller;
      void follow(choice, controller.signal);
    },
    stop: () => stopper.current?.abort(),
  };
}
