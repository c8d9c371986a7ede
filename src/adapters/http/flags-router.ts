import { type Request, type RequestHandler, type Response, Router } from "express";
import { type ApplicationView, describeApplication, type FlagView } from "../../app/describe-application.ts";
import { policyNamed, type RunCommand } from "../../app/run-command.ts";
import type { FlagWish, SetCommand } from "../../domain/command.ts";
import { RollguardError } from "../../domain/errors.ts";
import { listed } from "../../domain/listed.ts";
import type { Access } from "./access.ts";
import { flagBody, flagsBody } from "./command-body.ts";
import { CommandReader } from "./command-reader.ts";
import { answerCommand, signed } from "./command-reply.ts";
import { onlyMethods } from "./only-methods.ts";
import { etag, sendJson } from "./reply.ts";

interface FlagsOptions extends RunCommand {
  readonly access: Access;
  readonly production: boolean;
}

type Named = { application: string };
type One = Named & { key: string };

/** What is said of a flag in a body. */
interface Said {
  readonly enabled?: boolean | null | undefined;
  readonly rolloutPercentage?: number | null | undefined;
}

/** What is said of all of them together. */
interface SaidOfAll {
  readonly reason?: string | null | undefined;
  readonly acknowledge: boolean;
  readonly dryRun: boolean;
  readonly confirm: string | null;
}

const BASE = "/api/v1/applications/:application/flags";

/** Flags, and setting them by name. */
export function flagsRouter(options: FlagsOptions): Router {
  const { access, policies, store, clock, production } = options;
  const router = Router();
  const bodies = new CommandReader();
  const viewer = access.needs("viewer") as RequestHandler<never>;
  const operator = access.needs("operator") as RequestHandler<never>;

  const viewOf = async (application: string): Promise<ApplicationView> =>
    describeApplication(
      policyNamed(policies, application),
      await store.read(application),
      clock.now(application),
    );

  /** @throws RollguardError `unknown_application`, `unknown_flag` */
  const mustHave = (application: string, keys: Iterable<string>): void => {
    const { flags } = policyNamed(policies, application);
    const unknown = [...keys].filter((key) => !flags.has(key));
    if (unknown.length > 0) throw unknownFlags(application, unknown);
  };

  const commandOf = (
    request: Request<never>,
    response: Response,
    wishes: SetCommand["flags"],
    said: SaidOfAll,
  ): SetCommand => ({
    type: "set",
    flags: wishes,
    ...signed(request, response, said),
    acknowledge: said.acknowledge,
    // A dry run is what one is shown before one says yes.
    confirmed: !production || said.dryRun || said.confirm !== null,
  });

  router
    .route(BASE)
    .get(viewer, async (request: Request<Named>, response: Response) => {
      const { application, revision, flags } = await viewOf(request.params.application);
      sendJson(response, { application, revision, flags }, { headers: etag(revision) });
    })
    .put(operator, async (request: Request<Named>, response: Response) => {
      policyNamed(policies, request.params.application);
      const { flags, ...said } = await bodies.read(request, flagsBody);
      const wishes = new Map(flags.map(({ key, ...wish }) => [key, wishOf(wish)]));
      mustHave(request.params.application, wishes.keys());
      const command = commandOf(request as Request<never>, response, wishes, said);
      await answerCommand(options, request, response, command, said.dryRun);
    })
    .all(onlyMethods("GET", "PUT"));

  router
    .route(`${BASE}/:key`)
    .get(viewer, async (request: Request<One>, response: Response) => {
      const { application, key } = request.params;
      const view = await viewOf(application);
      const flag = flagIn(view, key);
      if (flag === undefined) throw unknownFlags(application, [key]);
      sendJson(response, flag, { headers: etag(view.revision) });
    })
    .put(operator, async (request: Request<One>, response: Response) => {
      const { application, key } = request.params;
      mustHave(application, [key]);
      const said = await bodies.read(request, flagBody);
      const wishes = new Map([[key, wishOf(said)]]);
      const command = commandOf(request as Request<never>, response, wishes, said);
      await answerCommand(options, request, response, command, said.dryRun, (view) => flagIn(view, key));
    })
    .all(onlyMethods("GET", "PUT"));

  return router;
}

function flagIn({ flags }: ApplicationView, key: string): FlagView | undefined {
  return flags.find((flag) => flag.key === key);
}

function wishOf({ enabled = null, rolloutPercentage = null }: Said): FlagWish {
  return { enabled, rolloutPercentage };
}

function unknownFlags(application: string, keys: readonly string[]): RollguardError {
  const named = listed(keys.map((key) => `"${key.slice(0, 100)}"`));
  return new RollguardError("unknown_flag", `the policy of "${application}" has no flag ${named}`);
}
