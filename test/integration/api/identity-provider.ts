/** An OpenID Connect provider on loopback that signs everyone in at once, and refuses what a real one refuses. */
import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export const CLIENT = { clientId: "switchback", clientSecret: "provider-secret" };

export interface IdentityProvider {
  issuer: string;
  /** Claims of whoever signs in next. */
  claims: Record<string, unknown>;
  /** Spoils the next ID token. */
  spoil: "nothing" | "nonce" | "signature" | "audience";
  /** What was asked of it, for looking at. */
  asked: URLSearchParams[];
}

interface Grant {
  nonce: string | null;
  challenge: string | null;
  redirectUri: string | null;
}

/** Starts one for the running test. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const others = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const grants = new Map<string, Grant>();
  const provider: IdentityProvider = { issuer: "", claims: {}, spoil: "nothing", asked: [] };
  const idToken = (nonce: string | null): string => {
    const now = Math.floor(Date.now() / 1000);
    const audience = provider.spoil === "audience" ? "somebody-else" : CLIENT.clientId;
    const claims = { iss: provider.issuer, aud: audience, iat: now, exp: now + 300, ...provider.claims };
    const signed = [
      { alg: "RS256", kid: "k1", typ: "JWT" },
      { ...claims, nonce: provider.spoil === "nonce" ? "another" : nonce },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const key = provider.spoil === "signature" ? others.privateKey : keys.privateKey;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
  };
  const answers: Record<
    string,
    (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>
  > = {
    "/.well-known/openid-configuration": (_, response) =>
      json(response, 200, {
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/keys`,
        id_token_signing_alg_values_supported: ["RS256"],
      }),
    "/keys": (_, response) =>
      json(response, 200, {
        keys: [{ ...keys.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" }],
      }),
    "/authorize": (_, response, url) => {
      const asked = url.searchParams;
      provider.asked.push(asked);
      const code = randomUUID();
      const redirectUri = asked.get("redirect_uri");
      grants.set(code, { nonce: asked.get("nonce"), challenge: asked.get("code_challenge"), redirectUri });
      const back = new URLSearchParams({ code, state: asked.get("state") ?? "" }).toString();
      response.writeHead(302, { location: `${redirectUri}?${back}` }).end();
    },
    "/token": async (request, response) => {
      const form = new URLSearchParams(await text(request));
      const grant = grants.get(form.get("code") ?? "");
      grants.delete(form.get("code") ?? "");
      const verifier = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      const isClient = form.get("client_secret") === CLIENT.clientSecret || isBasic(request);
      const fits = grant?.challenge === verifier && grant.redirectUri === form.get("redirect_uri");
      if (!fits || !isClient) return json(response, 400, { error: "invalid_grant" });
      return json(response, 200, {
        access_token: randomUUID(),
        token_type: "Bearer",
        expires_in: 300,
        id_token: idToken(grant.nonce),
      });
    },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://provider");
    void (answers[url.pathname] ?? ((_, unknown) => unknown.writeHead(404).end()))(request, response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A listening TCP server has an address with a port.
  provider.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return provider;
}

function isBasic({ headers }: IncomingMessage): boolean {
  const expected = Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString("base64");
  return headers.authorization === `Basic ${expected}`;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
