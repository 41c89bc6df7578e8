"use client";
/** Opens the rollback panel from anywhere: a dialog beside the page, or a page of its own on a phone. */
import { useRouter } from "next/navigation";
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from "react";
import { onDemand } from "@/components/ui/on-demand";
import { rollbackPath } from "@/components/vocabulary/paths";

interface Choice {
  alias: string;
  /** The target; the last known good unless given. */
  to?: string;
}

const RollbackDialog = onDemand(async () => (await import("./rollback-dialog")).RollbackDialog);

const LauncherContext = createContext<(choice: Choice) => void>(() => undefined);

export function RollbackLauncher(props: { application: string; children: ReactNode }): ReactNode {
  const { application } = props;
  const router = useRouter();
  const [choice, setChoice] = useState<Choice | null>(null);
  const open = useCallback(
    (next: Choice) => {
      const isPhone = globalThis.matchMedia("(max-width: 40rem)").matches;
      if (isPhone) router.push(rollbackPath(application, next));
      else setChoice(next);
    },
    [application, router],
  );
  const dialog = useMemo(
    () => choice !== null && <RollbackDialog application={application} {...choice} onClose={() => setChoice(null)} />,
    [application, choice],
  );
  return (
    <LauncherContext value={open}>
      {props.children}
      {dialog}
    </LauncherContext>
  );
}

/** Opens the panel for an alias. Opening changes nothing. */
export function useOpenRollback(): (choice: Choice) => void {
  return use(LauncherContext);
}
