import { Router } from "express";
import type { LossAccepted } from "../../app/accept-loss.ts";
import { type Access, actorOf } from "./access.ts";
import { acceptLossBody } from "./command-body.ts";
import { CommandReader } from "./command-reader.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJson } from "./reply.ts";

export interface StoreOptions {
  readonly access: Access;
  /** Those that had lost something, and go on. */
  readonly acceptLoss: (said: {
    readonly actor: string;
    readonly reason: string;
  }) => Promise<readonly LossAccepted[]>;
}

/** What a person has to say yes to, about the store itself. */
export function storeRouter({ access, acceptLoss }: StoreOptions): Router {
  const router = Router();
  const bodies = new CommandReader();
  router
    .route("/api/v1/store/accept-loss")
    .post(access.needs("operator"), async (request, response) => {
      const { reason } = await bodies.read(request, acceptLossBody);
      const accepted = await acceptLoss({ actor: actorOf(response), reason });
      if (accepted.length === 0)
        throw new HttpProblem(
          "refused",
          "the store has lost nothing that this responder knows of: nothing was done",
        );
      sendJson(response, { accepted });
    })
    .all(onlyMethods("POST"));
  return router;
}
