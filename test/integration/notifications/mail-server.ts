/** A real mail server on loopback: it keeps what it was handed, and refuses what the test says. */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/mail/${name}.pem`, import.meta.url), "utf8");

/** Signs in with these, or not at all. */
export const MAIL_USER = "switchback";
export const MAIL_PASSWORD = "correct horse battery staple";

interface ReceivedMail {
  from: string;
  to: string[];
  /** Whether it came over an encrypted connection, from a client that had signed in. */
  encrypted: boolean;
  user: string | undefined;
  headers: Map<string, string>;
  body: string;
}

export interface MailServer {
  port: number;
  received: ReceivedMail[];
  /** Everything that clients tried to sign in with. */
  signIns: string[];
  /** Answers the next recipients and messages with an SMTP error; null: takes everything. */
  refuse: (rule: { recipient?: (address: string) => number | null; message?: () => number | null } | null) => void;
  close: () => Promise<void>;
}

/** Makes this process trust the test's certificate, as an installation trusts its own authority. */
export function trustTestCertificate(): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, pem("server.cert")]);
  onTestFinished(() => setDefaultCACertificates(before));
}

export async function startMailServer(
  options: Pick<SMTPServerOptions, "secure" | "disabledCommands" | "authOptional"> & { port?: number } = {},
): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const signIns: string[] = [];
  let rule: Parameters<MailServer["refuse"]>[0] = null;
  const refusal = (code: number | null | undefined, word: string): Error | null =>
    code == null ? null : Object.assign(new Error(`${word} refused`), { responseCode: code });
  const server = new SMTPServer({
    ...options,
    key: pem("server.key"),
    cert: pem("server.cert"),
    onAuth: (auth, _session, callback) => {
      signIns.push(`${auth.username ?? ""}:${auth.password ?? ""}`);
      if (auth.username === MAIL_USER && auth.password === MAIL_PASSWORD) callback(null, { user: MAIL_USER });
      else callback(new Error(`no such user, or not with ${auth.password ?? ""}`));
    },
    onRcptTo: ({ address }, _session, callback) => callback(refusal(rule?.recipient?.(address), address)),
    onData: (stream, session, callback) => {
      let text = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (text += chunk));
      stream.on("end", () => {
        const refused = refusal(rule?.message?.(), "message");
        if (refused !== null) return callback(refused);
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          encrypted: session.secure,
          user: session.user,
          ...parsed(text),
        });
        return callback(null);
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = server.server.address();
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  onTestFinished(close);
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    received,
    signIns,
    refuse: (next) => {
      rule = next;
    },
    close,
  };
}

/** Headers unfolded, by lower-case name; the body with quoted-printable's soft breaks taken out. */
function parsed(text: string): { headers: Map<string, string>; body: string } {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const lines = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { headers, body: rest.join("\r\n\r\n").replaceAll("=\r\n", "").replaceAll("=3D", "=") };
}
