import type { Alert } from "../../../src/domain/alert.ts";
import { around, but, HOUR, MINUTE, Reporting, SECOND, START, WELL } from "./reporting.ts";

/**
 * The hybrid plan: the first stage goes well; in the second one nothing is seen for a while, and errors hold it; in the third
 * one they spike, and all is rolled back, verified, resolved and acknowledged.
 */
export class GenesisStory extends Reporting {
  /** When the last stage's trouble begins. */
  trouble = 0;
  rollback = "";

  constructor() {
    super();
    this.curves = WELL;
  }

  firstStage(): this {
    this.deploy("hybrid");
    this.app.runUntil(START + 8 * HOUR);
    return this;
  }

  secondStage(): this {
    const { app } = this.firstStage();
    app.runFor(HOUR);
    const blindFrom = app.now;
    app.check({ error_rate: null }, ["Prometheus does not answer: connect ECONNREFUSED 127.0.0.1:9090"]);
    app.nextLook({ error_rate: null }, ["Prometheus does not answer"]);
    app.now += 20 * MINUTE;
    app.nextLook();
    const seenFrom = app.now;
    app.runFor(2 * HOUR);
    app.nextCheck({ error_rate: 0.3 });
    const yellowAt = app.now;
    this.curves = {
      ...WELL,
      error_rate: but(
        but(WELL.error_rate, yellowAt - 20 * MINUTE, yellowAt + 15 * MINUTE, around(0.3, 0.05)),
        blindFrom,
        seenFrom,
        () => null,
      ),
      p95_latency: but(WELL.p95_latency, blindFrom, seenFrom, () => null),
    };
    while (app.stage === 2) app.nextLook();
    return this;
  }

  /** The rollback has begun, and is being verified. */
  rollsBack(): this {
    const { app } = this.secondStage();
    app.runFor(3 * HOUR);
    this.trouble = app.now - 75 * SECOND;
    const end = this.trouble + 3 * MINUTE;
    this.curves = {
      ...this.curves,
      error_rate: but(this.curves.error_rate, this.trouble, end, around(3.2, 0.4)),
      p95_latency: but(this.curves.p95_latency, this.trouble, end, around(410, 30)),
    };
    this.rollback =
      app.fires("ErrorRateSpike", {
        ...alert("ErrorRateSpike", { instance: "genesis:8000 | <b>&` $(x)" }, app.now - 15 * SECOND),
        texts: {
          summary: "Error rate above 1 %",
          description: "3.2 % of the requests fail. All traffic goes back to the old system.",
          runbookUrl: "https://wiki.example/runbooks/ErrorRateSpike",
          dashboardUrl: null,
        },
        receivedAt: app.now - 10,
      }).rollback ?? "";
    app.take({ type: "committed", rollback: this.rollback, at: app.now + 14 });
    app.now += 5 * SECOND;
    for (const instance of ["a", "b", "c"])
      app.fires("LatencyExtreme", alert("LatencyExtreme", { instance }, app.now - SECOND));
    return this;
  }

  /** It is over, and somebody has understood it. */
  whole(): this {
    const { app } = this.rollsBack();
    app.nextVerify("good", { breached: ["ErrorRateSpike"] });
    app.verify();
    app.now += 40 * SECOND;
    for (const instance of ["a", "b", "c"])
      app.resolves("LatencyExtreme", alert("LatencyExtreme", { instance }, app.now - MINUTE));
    app.resolves("ErrorRateSpike", alert("ErrorRateSpike", {}, app.now - MINUTE));
    app.now += 2 * HOUR;
    app.acknowledges(this.rollback, { actor: "thon", reason: "the cache's key was wrong; fixed in 4.2.1" });
    app.now += 10 * MINUTE;
    return this;
  }
}

function alert(name: string, labels: Readonly<Record<string, string>>, startsAt: number): Partial<Alert> {
  return {
    fingerprint: `${name}-${labels.instance?.slice(0, 1) ?? "g"}`,
    startsAt,
    application: "genesis",
    job: "genesis",
    labels: { alertname: name, application: "genesis", severity: "critical", ...labels },
  };
}
