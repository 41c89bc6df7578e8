"use client";
/** Copies a text and says so. Works on plain HTTP too, where the clipboard API is missing. */
import { Check, Copy } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { classNames } from "./class-names";

/** @returns whether the text reached the clipboard. */
export async function copyText(text: string): Promise<boolean> {
  // The clipboard exists in secure contexts only; the types do not say so.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) {
    try {
      await clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser: the selection below still works.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  // Deprecated, and the only way on plain HTTP.
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

interface CopyButtonProps {
  text: string;
  /** What is copied, for the accessible name: `release id`. */
  label: string;
  className?: string;
}

export function CopyButton({ text, label, className }: CopyButtonProps): ReactNode {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 1600);
    return () => clearTimeout(timer);
  }, [state]);
  const Icon = state === "copied" ? Check : Copy;
  return (
    <button
      type="button"
      aria-label={`Copy ${label}`}
      title={state === "failed" ? "Copying was refused by the browser" : `Copy ${label}`}
      onClick={() => void copyText(text).then((done) => setState(done ? "copied" : "failed"))}
      className={classNames(
        "inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-neutral-bg hover:text-ink",
        className,
      )}
    >
      <Icon size={13} aria-hidden="true" />
      <output className="sr-only">
        {state === "copied" ? "Copied" : state === "failed" ? "Copying was refused" : ""}
      </output>
    </button>
  );
}
