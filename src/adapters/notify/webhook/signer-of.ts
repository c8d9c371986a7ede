import { Webhook as Signer } from "standardwebhooks";
import type { Instant } from "../../../domain/time.ts";

/** The headers that prove who sent a body, and when. */
export type Sign = (id: string, at: Instant, body: string) => Readonly<Record<string, string>>;

/**
 * Signs as Standard Webhooks does: HMAC-SHA256 over the id, the time and the body.
 * @param secret `whsec_` and base64, or any other text, whose bytes are the key then
 * @throws Error when it is none; without what was written
 */
export function signerOf(secret: string): Sign {
  const signer = new Signer(...keyOf(secret));
  return (id, at, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1_000)),
    "webhook-signature": signer.sign(id, new Date(at), body),
  });
}

function keyOf(secret: string): ConstructorParameters<typeof Signer> {
  const prefix = "whsec_";
  if (!secret.startsWith(prefix)) {
    if (secret === "")
      throw new Error("ROLLGUARD_NOTIFY_WEBHOOK_SECRET is empty: write one, or leave it out");
    return [Buffer.from(secret, "utf8"), { format: "raw" }];
  }
  const key = secret.slice(prefix.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0)
    throw new Error(
      "ROLLGUARD_NOTIFY_WEBHOOK_SECRET begins with whsec_, and what follows is no base64: write whsec_ and e.g. what `openssl rand -base64 32` gives",
    );
  return [secret];
}
