import { z } from "zod";
import { type Answer, answering, startHttpSink } from "./http-sink.ts";

/** Behaves as PagerDuty's Events API v2 does, as far as we know it. */
export interface PagerDutyServer {
  readonly url: string;
  /** The events that it has taken, in their order. */
  readonly events: readonly PagerDutyServerEvent[];
  /** What became of them, the oldest first. */
  readonly incidents: readonly PagerDutyIncident[];
  /** As of `HttpSink`; `taken` answers as usual. */
  next(...answers: readonly Answer[]): void;
  /** Takes the event as usual. */
  readonly taken: Answer;
  stop(): Promise<void>;
}

export interface PagerDutyIncident {
  readonly dedupKey: string;
  status: "triggered" | "acknowledged" | "resolved";
  /** The actions that came for it. */
  readonly log: string[];
}

const SEVERITIES = ["critical", "error", "warning", "info"] as const;
const url = () => z.url({ protocol: /^https?$/ });

const eventSchema = z.discriminatedUnion("event_action", [
  z.strictObject({
    event_action: z.literal("trigger"),
    routing_key: z.string(),
    dedup_key: z.string().min(1).max(255),
    client: z.string().optional(),
    client_url: url().optional(),
    links: z.array(z.strictObject({ href: url(), text: z.string().optional() })).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(SEVERITIES),
      timestamp: z.iso.datetime().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.strictObject({
    event_action: z.enum(["acknowledge", "resolve"]),
    routing_key: z.string(),
    dedup_key: z.string().min(1).max(255),
  }),
]);

export type PagerDutyServerEvent = z.infer<typeof eventSchema>;

const MOST_BYTES = 512_000;

export async function startPagerDutyServer({ tls = false } = {}): Promise<PagerDutyServer> {
  const events: PagerDutyServerEvent[] = [];
  const incidents: PagerDutyIncident[] = [];

  const taken: Answer = (response, received) => {
    const { method, path, headers, body } = received;
    const isAsked =
      method === "POST" && path === "/v2/enqueue" && headers["content-type"] === "application/json";
    if (!isAsked) return answering(404)(response, received);
    if (Buffer.byteLength(body) > MOST_BYTES)
      return refuse(["the event is larger than 512 kB"])(response, received);
    const { data, error } = eventSchema.safeParse(JSON.parse(body));
    if (data === undefined) return refuse(error.issues.map((issue) => issue.message))(response, received);
    if (data.routing_key.length !== 32) return refuse([WRONG_KEY])(response, received);
    events.push(data);
    happen(data);
    const { dedup_key } = data;
    const answer = JSON.stringify({ status: "success", message: "Event processed", dedup_key });
    answering(202, answer)(response, received);
  };

  /** A trigger for what is open goes into its log; what is resolved is left alone, and its key is free again. */
  function happen({ event_action: action, dedup_key: dedupKey }: PagerDutyServerEvent): void {
    const open = incidents.find((one) => one.dedupKey === dedupKey && one.status !== "resolved");
    if (open === undefined) {
      if (action === "trigger") incidents.push({ dedupKey, status: "triggered", log: [action] });
      return;
    }
    open.log.push(action);
    if (action === "acknowledge") open.status = "acknowledged";
    if (action === "resolve") open.status = "resolved";
  }

  const sink = await startHttpSink({ otherwise: taken, tls });
  return {
    url: `${sink.url}/v2/enqueue`,
    events,
    incidents,
    next: sink.next,
    taken,
    stop: sink.stop,
  };
}

const WRONG_KEY = "Length of 'routing_key' is incorrect (should be 32 characters)";

/** As it answers an event that it does not take. */
export function refuse(errors: readonly string[]): Answer {
  return answering(
    400,
    JSON.stringify({ status: "invalid event", message: "Event object is invalid", errors }),
  );
}
