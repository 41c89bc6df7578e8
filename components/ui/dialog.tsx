"use client";
/** A modal dialog: focus stays inside, Escape closes, focus returns. A full page on a phone. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { classNames } from "./class-names";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Read out after the title. */
  description?: ReactNode;
  /** Stays visible under the scrolling body. */
  footer?: ReactNode;
  /** Where focus starts; the first control unless given. */
  initialFocus?: RefObject<HTMLElement | null>;
  wide?: boolean;
  children: ReactNode;
}

export function Dialog(props: DialogProps): ReactNode {
  const { open, onClose, title, description, footer, initialFocus, wide = false, children } = props;
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.4)]" />
        <Base.Popup
          {...(initialFocus === undefined ? {} : { initialFocus })}
          className={classNames(
            "fixed inset-0 z-50 flex flex-col bg-bg shadow-dialog outline-none",
            "sm:inset-auto sm:top-[8vh] sm:left-1/2 sm:max-h-[84vh] sm:w-[calc(100vw-4rem)] sm:-translate-x-1/2 sm:rounded-md sm:border sm:border-hairline",
            wide ? "sm:max-w-3xl" : "sm:max-w-xl",
          )}
        >
          <header className="flex items-start gap-3 border-b border-hairline px-4 py-3">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description render={<div />} className="text-muted">
                  {description}
                </Base.Description>
              )}
            </div>
            <Base.Close
              aria-label="Close"
              className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-neutral-bg hover:text-ink"
            >
              <X size={16} aria-hidden="true" />
            </Base.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">{children}</div>
          {footer !== undefined && <footer className="border-t border-hairline px-4 py-3">{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
