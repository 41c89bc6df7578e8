import type { Metadata } from "next";
import { Complaint, Entrance, EntranceButton, EntranceField, EntranceLink } from "@/app/entrance";
import { singleSignOnName } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Sign in" };

const COMPLAINTS: Readonly<Record<string, string>> = {
  credentials: "E-mail and password do not match.",
  throttled: "Too many attempts from here. Wait ten seconds and try again.",
  account_not_linked: "Your provider has not verified your e-mail address, and somebody here has the same one.",
  unable_to_create_user: "Nobody has set Switchback up yet, or your account may not come in. Ask an administrator.",
  provider_unreachable: "The identity provider does not answer. Try again, or sign in with your password.",
  foreign: "That form did not come from this page. Please sign in here.",
};

/** The provider's own words for what went wrong are for the log; people get what they can do. */
function complaintOf(error: string, isSingleSignOn: boolean): string | undefined {
  return (
    COMPLAINTS[error] ?? (isSingleSignOn ? `Single sign-on did not let you in (${error.slice(0, 60)}).` : undefined)
  );
}

export default async function SignInPage(props: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { error, next, way } = await props.searchParams;
  const complaint = typeof error === "string" ? complaintOf(error, way === "sso") : undefined;
  const provider = singleSignOnName();
  const back = typeof next === "string" ? next : "/";
  return (
    <Entrance title="Sign in" sentence="Releases, rollouts and rollbacks of your LLM applications.">
      {complaint === undefined ? null : <Complaint>{complaint}</Complaint>}
      <form method="post" action="/sign-in" className="mt-5 grid gap-4">
        <input type="hidden" name="next" value={back} />
        <EntranceField label="E-mail" name="email" type="email" autoComplete="username" />
        <EntranceField label="Password" name="password" type="password" autoComplete="current-password" />
        <EntranceButton>Sign in</EntranceButton>
      </form>
      {provider === undefined ? null : (
        <EntranceLink href={`/sign-in/sso?${new URLSearchParams({ next: back }).toString()}`}>
          Sign in with {provider}
        </EntranceLink>
      )}
    </Entrance>
  );
}
