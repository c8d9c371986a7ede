import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from "express";
import type { FlagSnapshots, ServedFlags } from "../../app/flag-snapshots.ts";
import type { Policies } from "../../app/policies.ts";
import type { Clock } from "../../app/ports.ts";
import { RollguardError } from "../../domain/errors.ts";
import { evaluate, TARGETING_KEY_MISSING } from "../../domain/evaluate.ts";
import { type Access, actorOf } from "./access.ts";
import { BodyBudget } from "./body-budget.ts";
import { type CorsOrigins, cors } from "./cors.ts";
import { answerBulk, clientKeyOf, textOf, WHO } from "./ofrep-answer.ts";
import { type EvaluationContext, parseContext } from "./ofrep-context.ts";
import { sendFailure } from "./ofrep-failure.ts";
import { isKnown, revisionIn } from "./ofrep-tags.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { sendJsonText } from "./reply.ts";
import { requestIdOf } from "./request-id.ts";
import type { EventStream } from "./stream-urls.ts";

/** A client that was told all flags, and of which revision. */
export interface BulkRequest {
  readonly application: string;
  /** The same whenever the same token asks for the same context. */
  readonly clientKey: string;
  readonly revision: number;
  /** It asks because a stream said so. */
  readonly told: boolean;
}

export interface OfrepOptions {
  readonly access: Access;
  readonly policies: Policies;
  readonly flags: FlagSnapshots;
  readonly clock: Clock;
  /** Whose pages may ask from a browser; null: nobody's. */
  readonly corsOrigins: CorsOrigins | null;
  readonly flagsEvaluated: (application: string, kind: "single" | "bulk") => void;
  /** Hears of every answer to a bulk request, a 304 too, and says where that client hears of changes. */
  readonly onBulk?: (request: BulkRequest) => readonly EventStream[];
  readonly onProblem: (error: unknown, requestId: string) => void;
}

/** Bytes. The contexts of real users take some hundred. */
const MAX_BODY = 1024 ** 2;
const ADVICE = "evaluate with fewer attributes";
/** Answers are somebody's own, and clients keep them themselves, by their ETag. */
const HEADERS = { "Cache-Control": "no-store" };
/** Applications that an error names. */
const MAX_NAMED = 10;

/**
 * The OpenFeature Remote Evaluation Protocol, 0.3.0, for the only application that there is, or for one by its name.
 * Nothing here asks the store, except for a client that has heard of a newer revision.
 */
export function ofrepRouter(options: OfrepOptions): Router {
  const { access, corsOrigins, onProblem } = options;
  const router = Router({ mergeParams: true });
  const ask = new Ask(options);
  const serve = (path: string, answer: RequestHandler): void => {
    router
      .route(path)
      .all(cors({ origins: corsOrigins, methods: ["POST"] }))
      .post(access.needs("client", { apiKey: true, origins: corsOrigins }), answer)
      .all(onlyMethods("POST"));
  };
  serve("/evaluate/flags", (request, response) => ask.bulk(request, response));
  // A key with a slash in it is none, but no other address either.
  serve("/evaluate/flags/*key", (request, response) => ask.single(request, response));
  const answerFailure: ErrorRequestHandler = (error, { path }, response, _next) => {
    const problem =
      error instanceof URIError ? new HttpProblem("not_found", "the key is not well encoded") : error;
    onProblem(problem, requestIdOf(response));
    if (response.headersSent) response.destroy();
    else sendFailure(response, problem, keyIn(path));
  };
  router.use(answerFailure);
  return Router().use(["/ofrep/v1", "/applications/:application/ofrep/v1"], router);
}

class Ask {
  readonly #options: OfrepOptions;
  readonly #budget = new BodyBudget(MAX_BODY);

  constructor(options: OfrepOptions) {
    this.#options = options;
  }

  async single(request: Request, response: Response): Promise<void> {
    const { flags, clock, flagsEvaluated } = this.#options;
    const { targetingKey, attributes } = await this.#context(request);
    const application = this.#application(request);
    const { set } = found(await flags.get(application), application);
    const key = keyIn(request.path) ?? "";
    const flag = set.flags.get(key);
    if (flag === undefined)
      throw new RollguardError(
        "unknown_flag",
        `the policy of ${application} has no flag "${key.slice(0, 200)}"`,
      );
    flagsEvaluated(application, "single");
    const result = evaluate(flag, targetingKey, attributes, clock.now());
    if (result === TARGETING_KEY_MISSING) throw new HttpProblem("targeting_key_missing", WHO);
    sendJsonText(response, textOf(result), { headers: HEADERS });
  }

  async bulk(request: Request, response: Response): Promise<void> {
    const { flags, clock, flagsEvaluated, onBulk } = this.#options;
    const context = await this.#context(request);
    const application = this.#application(request);
    const told = revisionIn(request.query.flagConfigEtag);
    const asked = told === undefined ? flags.get(application) : flags.atLeast(application, told);
    const served = found(await asked, application);
    flagsEvaluated(application, "bulk");
    const eventStreams =
      onBulk?.({
        application,
        clientKey: clientKeyOf(application, actorOf(response), context),
        revision: served.set.revision,
        told: told !== undefined,
      }) ?? [];
    const { etag, text } = answerBulk(served, context, eventStreams, clock.now());
    const headers = { ...HEADERS, ETag: etag };
    if (isKnown(request.headers["if-none-match"], etag)) response.writeHead(304, headers).end();
    else sendJsonText(response, text, { headers });
  }

  async #context(request: Request): Promise<EvaluationContext> {
    const share = this.#budget.open();
    try {
      return parseContext(await readBody(request, { limit: MAX_BODY, share, advice: ADVICE }));
    } finally {
      share.giveBack();
    }
  }

  /** The one that the address names; else the only one: the first of several would be a guess. */
  #application({ params }: Request): string {
    const { policies } = this.#options;
    if (params.application !== undefined) return String(params.application);
    const only = policies.only();
    if (only !== undefined) return only.application.name;
    const names = policies.all().map(({ application }) => application.name);
    const more = names.length > MAX_NAMED ? ", …" : "";
    throw new RollguardError(
      "unknown_application",
      `several applications are served here (${names.slice(0, MAX_NAMED).join(", ")}${more}): ` +
        "say which, /applications/<application>/ofrep/v1/…",
    );
  }
}

function found(served: ServedFlags | undefined, application: string): ServedFlags {
  if (served !== undefined) return served;
  throw new RollguardError("unknown_application", `no policy names "${application.slice(0, 200)}"`);
}

/** The key at the end of the address, as it was meant; as it stands there when nobody can tell. */
function keyIn(path: string): string | undefined {
  const key = /^\/evaluate\/flags\/(.+)$/is.exec(path)?.[1];
  if (key === undefined) return undefined;
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
