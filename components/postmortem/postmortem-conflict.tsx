"use client";
/** Somebody saved while this text was being written: both are shown, neither is lost, and the reader decides. */
import type { ReactNode } from "react";
import type { Postmortem } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";
import { TextDiff } from "@/components/ui/text-diff";
import { diffLines } from "@/server/domain/prompt/text-diff";
import type { PostmortemEditor } from "./use-postmortem-editor";

export function PostmortemConflict(props: { postmortem: Postmortem; editor: PostmortemEditor }): ReactNode {
  const { postmortem, editor } = props;
  if (!editor.isBehind) {
    return editor.error === null ? null : (
      <Notice tone="breach" live>
        Not saved: {editor.error}
      </Notice>
    );
  }
  const by = postmortem.savedBy?.label ?? "Somebody";
  return (
    <div className="flex flex-col gap-3">
      <Notice
        tone="review"
        live
        actions={<Button onClick={editor.rebase}>Continue on version {postmortem.version} with my text</Button>}
      >
        {by} saved version {postmortem.version} while you were writing. Nothing was overwritten, and your text is still
        here.{" "}
        {editor.clashing.length === 0
          ? "You changed different sections."
          : "You both changed what is shown below, from theirs to yours: take over what you want to keep of theirs before you save."}
      </Notice>
      {editor.clashing.map(({ section, mine }) => (
        <section key={section.id} aria-label={`Differences in ${section.title}`} className="flex flex-col gap-1">
          <h2 className="text-md font-semibold">{section.title}: theirs and yours</h2>
          <TextDiff label={`From their ${section.title} to yours`} lines={diffLines(section.markdown, mine)} />
        </section>
      ))}
    </div>
  );
}
