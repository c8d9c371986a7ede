import { randomUUID } from "node:crypto";
import type { Claim, ClaimedMessage, Outbox } from "../../../app/ports.ts";
import type { Duration } from "../../../domain/time.ts";
import type { RedisApplication } from "./redis-application.ts";
import { CLAIM } from "./scripts/claim.ts";
import { SETTLE } from "./scripts/settle.ts";

type Claimed = readonly [id: string, attempt: number, json: string];

export class RedisOutbox implements Outbox {
  readonly #of: (application: string) => RedisApplication;

  constructor(of: (application: string) => RedisApplication) {
    this.#of = of;
  }

  async claim(
    application: string,
    { lease, limit }: { lease: Duration; limit: number },
  ): Promise<ClaimedMessage[]> {
    const of = this.#of(application);
    const { outbox, claims } = of.keys;
    const token = randomUUID();
    const [, claimed] = await of.ask(CLAIM, [outbox, claims], [token, lease, limit]);
    return (claimed as readonly Claimed[]).map(([id, attempt, json]) => {
      return { id, token, attempt, message: JSON.parse(json) };
    });
  }

  done(application: string, claim: Claim): Promise<boolean> {
    return this.#settle(application, claim, "done");
  }

  failed(application: string, claim: Claim, retryIn: Duration): Promise<boolean> {
    return this.#settle(application, claim, retryIn);
  }

  async #settle(application: string, { id, token }: Claim, how: "done" | Duration): Promise<boolean> {
    const of = this.#of(application);
    const { outbox, claims } = of.keys;
    const [, settled] = await of.ask(SETTLE, [outbox, claims], [id, token, how]);
    return settled === 1;
  }
}
