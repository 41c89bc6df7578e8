import type { Metadata } from "next";
import { Complaint, Entrance, EntranceButton, EntranceField } from "@/app/entrance";

export const metadata: Metadata = { title: "Sign in" };

const COMPLAINTS: Readonly<Record<string, string>> = {
  credentials: "E-mail and password do not match.",
  throttled: "Too many attempts from here. Wait ten seconds and try again.",
  foreign: "That form did not come from this page. Please sign in here.",
};

export default async function SignInPage(props: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { error, next } = await props.searchParams;
  const complaint = typeof error === "string" ? COMPLAINTS[error] : undefined;
  return (
    <Entrance title="Sign in" sentence="Releases, rollouts and rollbacks of your LLM applications.">
      {complaint === undefined ? null : <Complaint>{complaint}</Complaint>}
      <form method="post" action="/sign-in" className="mt-5 grid gap-4">
        <input type="hidden" name="next" value={typeof next === "string" ? next : "/"} />
        <EntranceField label="E-mail" name="email" type="email" autoComplete="username" />
        <EntranceField label="Password" name="password" type="password" autoComplete="current-password" />
        <EntranceButton>Sign in</EntranceButton>
      </form>
    </Entrance>
  );
}
