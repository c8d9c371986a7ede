import { type RequestHandler, Router } from "express";
import { type ApplicationView, describeApplication } from "../../app/describe-application.ts";
import { describeBackup } from "../../app/describe-backup.ts";
import { describeEvent, describeUnchanged } from "../../app/describe-event.ts";
import type { RolloutView } from "../../app/describe-rollout.ts";
import type { FlagClients } from "../../app/flag-clients.ts";
import type { Policies } from "../../app/policies.ts";
import type { Clock, StateStore } from "../../app/ports.ts";
import { policyNamed } from "../../app/run-command.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { etag, sendJson } from "./reply.ts";
import { wholeNumber } from "./whole-number.ts";

interface ApplicationsOptions {
  readonly access: Access;
  readonly policies: Policies;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly production: boolean;
  readonly flagClients: Pick<FlagClients, "count">;
}

type Named = { application: string };

const DEFAULT_EVENTS = 100;
const MAX_EVENTS = 1_000;

/** What is known of applications: how they stand, their ledger, their last backup. */
export function applicationsRouter({
  access,
  policies,
  store,
  clock,
  production,
  flagClients,
}: ApplicationsOptions): Router {
  const router = Router();
  const get = <P>(path: string, answer: RequestHandler<P>): void => {
    router.get<P>(path, access.needs("viewer") as RequestHandler<P>, answer);
    router.all(path, onlyMethods("GET"));
  };
  const view = async (application: string): Promise<ApplicationView> => {
    return describeApplication(
      policyNamed(policies, application),
      await store.read(application),
      clock.now(application),
    );
  };

  get("/api/v1/applications", async (_request, response) => {
    const all = await Promise.all(policies.all().map(({ application }) => view(application.name)));
    const applications = all.map(({ application, revision, traffic, rollout, rollback, blind }) => ({
      application,
      revision,
      traffic,
      rollout: rollout && brief(rollout),
      rollback,
      blind,
    }));
    sendJson(response, { applications });
  });

  get<Named>("/api/v1/applications/:application", async (request, response) => {
    const found = await view(request.params.application);
    const clients = flagClients.count(found.application);
    sendJson(response, { ...found, flagClients: clients, production }, { headers: etag(found.revision) });
  });

  get<Named>("/api/v1/applications/:application/events", async (request, response) => {
    const { application } = request.params;
    policyNamed(policies, application);
    const { revision, unchanged } = await store.read(application);
    const after = wholeNumber(request.query.after, "after", { least: 0, most: Number.MAX_SAFE_INTEGER }) ?? 0;
    const limit = wholeNumber(request.query.limit, "limit", { least: 1, most: MAX_EVENTS }) ?? DEFAULT_EVENTS;
    const events = await store.events(application, { after, limit });
    // Looked at after the events: what leaves meanwhile is not said to be there.
    const { first, trimmed, archive } = await store.ledger(application);
    sendJson(response, {
      application,
      revision,
      first,
      trimmed,
      archive,
      events: events.map(describeEvent),
      unchanged: unchanged.map(describeUnchanged),
    });
  });

  get<Named>("/api/v1/applications/:application/backup", async (request, response) => {
    const { application } = request.params;
    policyNamed(policies, application);
    const { backup } = await store.read(application);
    if (backup === null)
      throw new HttpProblem("no_backup", `"${application}" has no backup yet: each deploy makes one`);
    sendJson(response, describeBackup(application, backup));
  });

  return router;
}

function brief({ id, plan, state, stage, stages }: RolloutView): object {
  return { id, plan, state, stage, stages: stages.length };
}
