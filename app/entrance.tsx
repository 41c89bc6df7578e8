/** The frame of the two pages that are shown to nobody in particular: sign-in and first set-up. Plain forms, no scripts. */
import type { ReactNode } from "react";

/** A centred card with the product's mark, a heading and one sentence. */
export function Entrance({ title, sentence, children }: { title: string; sentence: string; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <div className="flex items-center gap-2.5">
        <Mark />
        <span className="text-lg font-semibold">Switchback</span>
      </div>
      <section className="rounded-md border border-hairline bg-surface p-6">
        <h1 className="text-xl font-semibold">{title}</h1>
        <p className="mt-1 text-md text-muted">{sentence}</p>
        {children}
      </section>
    </main>
  );
}

/** What went wrong with the last attempt, announced to screen readers. */
export function Complaint({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="mt-4 rounded-sm bg-breach-bg px-3 py-2 text-md text-breach-fg">
      <span aria-hidden="true">■ </span>
      {children}
    </p>
  );
}

/** One labelled field of a plain form. */
export function EntranceField(props: {
  label: string;
  name: string;
  type: "email" | "password" | "text";
  autoComplete: string;
  hint?: string;
  minLength?: number;
}) {
  const { label, hint, name, ...input } = props;
  return (
    <label className="grid gap-1">
      <span className="text-md font-medium">{label}</span>
      <input
        {...input}
        name={name}
        required
        aria-describedby={hint === undefined ? undefined : `${name}-hint`}
        className="h-10 rounded-sm border border-control bg-bg px-3 text-md text-ink"
      />
      {hint === undefined ? null : (
        <span id={`${name}-hint`} className="text-sm text-muted">
          {hint}
        </span>
      )}
    </label>
  );
}

/** The form's one button. */
export function EntranceButton({ children }: { children: ReactNode }) {
  return (
    <button
      type="submit"
      className="mt-2 h-11 rounded-sm bg-primary px-4 text-md font-semibold text-on-primary hover:opacity-90"
    >
      {children}
    </button>
  );
}

/** A second way in, beside the form. A plain link: it leads to another site. */
export function EntranceLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      className="mt-3 flex h-11 items-center justify-center rounded-sm border border-control px-4 text-md font-medium text-ink hover:bg-bg"
    >
      {children}
    </a>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="32" height="32" fill="none" aria-hidden="true" className="text-ink">
      <g strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M7 24h11a4.5 4.5 0 0 0 0-9h-5a4 4 0 0 1 0-8h9" stroke="currentColor" />
        <path d="m19 3.5 4 3.5-4 3.5" className="stroke-primary" />
      </g>
    </svg>
  );
}
