"use client";
/** The rollback panel as a page of its own, for phones and for links. */
import Link from "next/link";
import type { ReactNode } from "react";
import { applicationPath, sectionPath } from "@/components/vocabulary/paths";
import { RollbackPanel } from "./rollback-panel";

export function RollbackPage(props: { application: string; alias: string; to?: string }): ReactNode {
  return (
    <div className="mx-auto flex max-w-2xl flex-col gap-4 px-1 sm:px-4">
      <div>
        <h1 className="text-xl font-semibold">Roll back {props.alias}</h1>
        <p className="text-muted">
          Goes back to a release that was good. Nothing happens until you press the button below.{" "}
          <Link href={applicationPath(props.application)} className="quiet-link">
            Leave without rolling back
          </Link>{" "}
          or{" "}
          <Link href={sectionPath(props.application, "drill")} className="quiet-link">
            rehearse it first
          </Link>
        </p>
      </div>
      <RollbackPanel {...props} />
    </div>
  );
}
