"use client";
/** One section: as it reads with its evidence, or as its text with a preview beside it. */
import { useState, type ReactNode } from "react";
import type { Postmortem } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextArea } from "@/components/ui/field";
import { Markdown } from "@/components/ui/markdown";
import { Notice } from "@/components/ui/states";
import { TextDiff } from "@/components/ui/text-diff";
import { diffLines } from "@/server/domain/prompt/text-diff";
import type { PostmortemEditor } from "./use-postmortem-editor";

type Section = Postmortem["sections"][number];

interface PostmortemSectionProps {
  section: Section;
  citations: Postmortem["citations"];
  editor: PostmortemEditor;
  canEdit: boolean;
}

export function PostmortemSection({ section, citations, editor, canEdit }: PostmortemSectionProps): ReactNode {
  const mine = editor.edits?.texts.get(section.id);
  const isEditing = mine !== undefined;
  return (
    <Card
      id={`section-${section.id}`}
      title={section.title}
      note={section.generated ? "generated from the record" : "written by people"}
      {...(canEdit
        ? {
            actions: (
              <Button size="small" onClick={() => editor.setText(section.id, isEditing ? undefined : section.markdown)}>
                {isEditing ? "Give up my text" : "Edit"}
                <span className="sr-only"> {section.title}</span>
              </Button>
            ),
          }
        : {})}
    >
      <div className="flex flex-col gap-3">
        <p className="text-sm text-muted italic">{section.question}</p>
        {isEditing ? (
          <Editing
            title={section.title}
            text={mine}
            citations={citations}
            onText={(text) => editor.setText(section.id, text)}
          />
        ) : (
          <Markdown footnotes={citations}>{section.markdown === "" ? "*Nothing yet.*" : section.markdown}</Markdown>
        )}
        {!isEditing && <WithoutEvidence section={section} />}
        {section.newer !== null && !isEditing && (
          <Newer
            section={section}
            newer={section.newer}
            {...(canEdit ? { onTake: (text: string) => editor.setText(section.id, text) } : {})}
          />
        )}
      </div>
    </Card>
  );
}

function Editing(props: {
  title: string;
  text: string;
  citations: Postmortem["citations"];
  onText: (text: string) => void;
}): ReactNode {
  return (
    <div className="grid gap-3 xl:grid-cols-2">
      <TextArea
        label={`Text of ${props.title} (Markdown)`}
        hint="[^a18] cites what is under Evidence."
        rows={Math.min(24, Math.max(6, props.text.split("\n").length + 2))}
        value={props.text}
        onValueChange={props.onText}
      />
      <section
        aria-label={`Preview of ${props.title}`}
        className="min-w-0 rounded-md border border-dashed border-hairline p-3"
      >
        <Markdown footnotes={props.citations}>{props.text}</Markdown>
      </section>
    </div>
  );
}

/** A person's lines that cite nothing: not wrong, and not proven. */
function WithoutEvidence({ section }: { section: Section }): ReactNode {
  const lines = section.lines.filter(({ state }) => state === "no_evidence");
  if (lines.length === 0) return null;
  return (
    <div className="text-sm text-muted">
      <p>{lines.length === 1 ? "One line cites no evidence:" : `${lines.length} lines cite no evidence:`}</p>
      <ul className="list-disc pl-4">
        {lines.map(({ text }, index) => (
          <li key={`${index}-${text}`} className="break-words">
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The record says something else by now; a person's text is never replaced by it unasked. */
function Newer(props: { section: Section; newer: string; onTake?: (text: string) => void }): ReactNode {
  const { section, newer, onTake } = props;
  const [isShown, setIsShown] = useState(false);
  return (
    <div className="flex flex-col gap-2">
      <Notice
        tone="info"
        actions={
          <Button size="small" aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
            {isShown ? "Hide it" : "Show it"}
          </Button>
        }
      >
        The record would say something else here by now. Your text stays.
      </Notice>
      {isShown && (
        <>
          <TextDiff label="From this text to the record’s" lines={diffLines(section.markdown, newer)} />
          {onTake !== undefined && (
            <div>
              <Button size="small" onClick={() => onTake(newer)}>
                Take the record’s text into the editor
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}
