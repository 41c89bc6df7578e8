"use client";
/** The rollback panel in a dialog. */
import { useRef, type ReactNode } from "react";
import { Dialog } from "@/components/ui/dialog";
import { RollbackPanel } from "./rollback-panel";

interface RollbackDialogProps {
  application: string;
  alias: string;
  to?: string;
  onClose: () => void;
}

export function RollbackDialog({ application, alias, to, onClose }: RollbackDialogProps): ReactNode {
  const reason = useRef<HTMLTextAreaElement>(null);
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`Roll back ${alias}`}
      description="Goes back to a release that was good. Nothing happens until you press the button below."
      initialFocus={reason}
    >
      <RollbackPanel application={application} alias={alias} reasonRef={reason} {...(to === undefined ? {} : { to })} />
    </Dialog>
  );
}
