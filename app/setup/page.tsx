import type { Metadata } from "next";
import { Complaint, Entrance, EntranceButton, EntranceField } from "@/app/entrance";

export const metadata: Metadata = { title: "Set up" };

const COMPLAINTS: Readonly<Record<string, string>> = {
  code: "That is neither the set-up code of the running server nor an admin token.",
  email: "That is not an e-mail address.",
  name: "A name has 1 to 100 characters.",
  password: "A password has 12 to 128 characters.",
  done: "The administrator has been set up already. Please sign in.",
};

export default async function SetupPage(props: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { error } = await props.searchParams;
  const complaint = typeof error === "string" ? COMPLAINTS[error] : undefined;
  return (
    <Entrance title="Set up the administrator" sentence="Nobody can sign in yet. This account will add the others.">
      {complaint === undefined ? null : <Complaint>{complaint}</Complaint>}
      <form method="post" action="/setup" className="mt-5 grid gap-4">
        <EntranceField
          label="Set-up code"
          name="code"
          type="text"
          autoComplete="off"
          hint="The server printed it to its log when it started. A token with the role admin works too."
        />
        <EntranceField label="Your name" name="name" type="text" autoComplete="name" />
        <EntranceField label="E-mail" name="email" type="email" autoComplete="username" />
        <EntranceField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          hint="At least 12 characters."
        />
        <EntranceButton>Create the administrator</EntranceButton>
      </form>
    </Entrance>
  );
}
