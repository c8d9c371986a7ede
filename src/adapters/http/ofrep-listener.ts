import type { IncomingMessage, ServerResponse } from "node:http";
import type { FlagEvaluations } from "../../app/flag-evaluations.ts";
import type { FlagSnapshots, ServedFlags } from "../../app/flag-snapshots.ts";
import type { Policies } from "../../app/policies.ts";
import type { Clock } from "../../app/ports.ts";
import { RollguardError } from "../../domain/errors.ts";
import { evaluate, TARGETING_KEY_MISSING } from "../../domain/evaluate.ts";
import { listed } from "../../domain/listed.ts";
import type { Access } from "./access.ts";
import { BodyBudget } from "./body-budget.ts";
import { allowOrigin, type CorsOrigins } from "./cors.ts";
import { type OfrepAddress, ofrepAddressOf } from "./ofrep-address.ts";
import { answerBulk, CountedAnswers, clientKeyOf, keyHashOf, WHO } from "./ofrep-answer.ts";
import { canonical, type EvaluationContext, parseContext } from "./ofrep-context.ts";
import { sendFailure } from "./ofrep-failure.ts";
import { isKnown, revisionIn } from "./ofrep-tags.ts";
import { methodNotAllowed } from "./only-methods.ts";
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
  /** Counts what is answered. */
  readonly evaluations: FlagEvaluations;
  /** Hears of every answer to a bulk request, a 304 too, and says where that client hears of changes. */
  readonly onBulk?: (request: BulkRequest) => readonly EventStream[];
  readonly onProblem: (error: unknown, requestId: string) => void;
}

/** Bytes. The contexts of real users take some hundred. */
const MAX_BODY = 1024 ** 2;
const ADVICE = "evaluate with fewer attributes";
/** Answers are somebody's own, and clients keep them themselves, by their ETag. */
const HEADERS = { "Cache-Control": "no-store" };

/**
 * The OpenFeature Remote Evaluation Protocol, 0.3.0, for the only application that there is, or for one by its name.
 * Nothing here asks the store, except for a client that has heard of a newer revision. It stands before express, since
 * after a rollback thousands of clients ask in the same moment, and express takes a fifth of what their answers cost.
 * @returns whether the request was for it
 */
export function ofrepListener(
  options: OfrepOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { onProblem } = options;
  const ask = new Ask(options);
  return (request, response) => {
    const address = ofrepAddressOf(request.url ?? "");
    if (address === undefined) return false;
    ask.answer(request, response, address).catch((error: unknown) => {
      const problem =
        error instanceof URIError ? new HttpProblem("not_found", "the address is not well encoded") : error;
      onProblem(problem, requestIdOf(response));
      if (response.headersSent) response.destroy();
      else sendFailure(response, problem, keyAsMeant(address));
    });
    return true;
  };
}

interface Asked {
  readonly application: string;
  readonly context: EvaluationContext;
  /** Whose token it is. */
  readonly actor: string;
}

class Ask {
  readonly #options: OfrepOptions;
  readonly #answers: CountedAnswers;
  readonly #budget = new BodyBudget(MAX_BODY);

  constructor(options: OfrepOptions) {
    this.#options = options;
    this.#answers = new CountedAnswers(options.evaluations);
  }

  async answer(request: IncomingMessage, response: ServerResponse, address: OfrepAddress): Promise<void> {
    const { access, corsOrigins } = this.#options;
    if (allowOrigin(request, response, { origins: corsOrigins, methods: ["POST"] })) return;
    if (request.method !== "POST") throw methodNotAllowed(request.method, "POST");
    const actor = access.check(request.headers, "client", { apiKey: true, origins: corsOrigins });
    const key = address.key === undefined ? undefined : decodeURIComponent(address.key);
    const named = address.application === undefined ? undefined : decodeURIComponent(address.application);
    const context = await this.#context(request);
    const asked = { application: named ?? this.#only(), context, actor };
    if (key === undefined) await this.#bulk(asked, request, response, address.query);
    else await this.#single(asked, response, key);
  }

  async #single({ application, context }: Asked, response: ServerResponse, key: string): Promise<void> {
    const { flags, clock, evaluations } = this.#options;
    const { set } = found(await flags.get(application), application);
    const flag = set.flags.get(key);
    if (flag === undefined)
      throw new RollguardError(
        "unknown_flag",
        `the policy of ${application} has no flag "${key.slice(0, 200)}"`,
      );
    evaluations.requestsOf(application).single += 1;
    const { targetingKey, attributes } = context;
    const result = evaluate(flag, targetingKey, attributes, clock.now(application));
    if (result === TARGETING_KEY_MISSING) throw new HttpProblem("targeting_key_missing", WHO);
    const asked = { application, keyHash: keyHashOf(targetingKey) };
    sendJsonText(response, this.#answers.textOf(result, flag, asked), { headers: HEADERS });
  }

  async #bulk(
    { application, context, actor }: Asked,
    request: IncomingMessage,
    response: ServerResponse,
    query: string,
  ): Promise<void> {
    const { flags, clock, evaluations, onBulk } = this.#options;
    const told = query === "" ? undefined : revisionIn(new URLSearchParams(query).get("flagConfigEtag"));
    const asked = told === undefined ? flags.get(application) : flags.atLeast(application, told);
    const served = found(await asked, application);
    evaluations.requestsOf(application).bulk += 1;
    const who = canonical(context.attributes);
    const eventStreams =
      onBulk?.({
        application,
        clientKey: clientKeyOf(application, actor, who),
        revision: served.set.revision,
        told: told !== undefined,
      }) ?? [];
    const { etag, text } = answerBulk(served, { ...context, canonical: who }, eventStreams, {
      answers: this.#answers,
      now: clock.now(application),
    });
    const headers = { ...HEADERS, ETag: etag };
    if (isKnown(request.headers["if-none-match"], etag)) response.writeHead(304, headers).end();
    else sendJsonText(response, text, { headers });
  }

  async #context(request: IncomingMessage): Promise<EvaluationContext> {
    const share = this.#budget.open();
    try {
      return parseContext(await readBody(request, { limit: MAX_BODY, share, advice: ADVICE }));
    } finally {
      share.giveBack();
    }
  }

  /** The first one of several would be a guess. */
  #only(): string {
    const { policies } = this.#options;
    const only = policies.only();
    if (only !== undefined) return only.application.name;
    const names = policies.all().map(({ application }) => application.name);
    throw new RollguardError(
      "unknown_application",
      `several applications are served here (${listed(names)}): ` +
        "say which, /applications/<application>/ofrep/v1/…",
    );
  }
}

function found(served: ServedFlags | undefined, application: string): ServedFlags {
  if (served !== undefined) return served;
  throw new RollguardError("unknown_application", `no policy names "${application.slice(0, 200)}"`);
}

/** As it stands in the address when nobody can tell how it was meant. */
function keyAsMeant({ key }: OfrepAddress): string | undefined {
  try {
    return key === undefined ? undefined : decodeURIComponent(key);
  } catch {
    return key;
  }
}
