import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { logBeta, logCdf, logSf } from "../../../src/domain/judging/beta.ts";
import { walks } from "../../support/walks.ts";

/** scipy 1.17.1: x, a, b, `beta.logcdf`, `beta.logsf`. 1,000 more are asked of it by `npm run test:slow -- scipy`. */
const SCIPY: readonly (readonly [number, number, number, number, number])[] = [
  [0.01, 0.5, 50, -0.3817061964626379, -1.1478937201858648],
  [0.01, 0.5, 417, -0.003807312435964527, -5.572734788371518],
  [0.01, 5.5, 1486, -0.0016354984869924876, -6.416625273881409],
  [0.001, 0.5, 500, -0.3817150576041239, -1.14787465528196],
  [0.01, 20.5, 980.5, -6.105426654873514, -0.0022332211986414692],
  [0.3, 0.5, 1.5, -0.4143858562111281, -1.0810060397151462],
  [0.05, 19.5, 2.5, -54.22591583760638, -2.8182789416264764e-24],
  [0.999, 1000.5, 1.5, -0.5588126032371091, -0.8483697778021471],
  [1e-6, 0.5, 1000000.0, -0.17114325366701574, -1.8496058398045236],
  [0.0228, 0.5, 35.5, -0.225956724130266, -1.598263698936478],
  [0.000199, 0.5, 24.5, -2.547643711584572, -0.08149845476891307],
  [0.000201, 4.5, 25355.5, -0.4079069015832578, -1.0937465163171038],
  [0.237, 69.5, 319.5, -0.0024088180669212954, -6.029823247709026],
  [0.00243, 1.5, 0.5, -9.886114161627361, -5.087755354357341e-5],
  [0.121, 61853.5, 434671.5, -32.51258934809391, -7.585109482803647e-15],
  [0.0135, 629.5, 33257.5, -32.22549827890662, -1.0107503977011723e-14],
  [0.00991, 0.5, 153.5, -0.08404411667253123, -2.518141186284828],
  [0.0728, 203.5, 1912.5, -10.096524813707955, -4.1223412350534755e-5],
  [0.00065, 1.5, 10.5, -7.734512088474482, -0.0004375614890214935],
  [0.00265, 0.5, 33.5, -1.1221766613593425, -0.39388793253384063],
  [0.000451, 0.5, 881.5, -0.4661270055405489, -0.987323876713702],
  [0.00763, 2.5, 12.5, -6.995953167917533, -0.0009159990747941287],
  [0.172, 19.5, 198.5, -0.00018939435462465634, -8.571773879967244],
  [0.000492, 1.5, 0.5, -12.282447947587567, -4.632352908299459e-6],
  [0.00957, 0.5, 9.5, -1.1181829813562265, -0.3958215421762448],
  [0.00101, 18.5, 19891.5, -0.3999437540757654, -1.1097473030772915],
  [0.0793, 286.5, 3892.5, -0.004107663191747128, -5.496954107212695],
  [0.00426, 18.5, 3508.5, -1.5362654033783743, -0.24230499638788164],
  [0.000581, 2.5, 109.5, -8.115989017191033, -0.0002987690663378774],
  [0.000259, 1.5, 21.5, -8.056636151455264, -0.0003170415770329158],
];

describe("the tails of a beta distribution", () => {
  it.each(SCIPY)("are what scipy says at %d of (%d, %d)", (x, a, b, below, above) => {
    for (const [ours, theirs] of [
      [logCdf(x, a, b), below],
      [logSf(x, a, b), above],
    ] as const) {
      expect(Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs))).toBeLessThan(1e-9);
    }
  });

  it("are exact where there is a formula", () => {
    expect(logCdf(0.25, 1, 1)).toBeCloseTo(Math.log(0.25), 12);
    expect(logSf(0.25, 1, 4)).toBeCloseTo(4 * Math.log(0.75), 12);
    expect(logCdf(0.25, 3, 1)).toBeCloseTo(3 * Math.log(0.25), 12);
    expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 12);
    expect(logBeta(2, 3)).toBeCloseTo(-Math.log(12), 12);
  });

  it("are numbers however far out", () => {
    expect(logSf(0.01, 0.5, 1e7)).toBeLessThan(-100_000);
    expect(logCdf(0.01, 0.5, 1e7)).toBeLessThanOrEqual(0);
    expect(logCdf(0.01, 0.5, 1e7)).toBeGreaterThan(-1e-300);
  });

  it("make a whole", () => {
    fc.assert(
      fc.property(
        // So that 1 - x is exact.
        fc.integer({ min: 1, max: 2 ** 20 - 1 }).map((part) => part / 2 ** 20),
        fc.double({ min: 0.5, max: 1e5, noNaN: true }),
        fc.double({ min: 0.5, max: 1e5, noNaN: true }),
        (x, a, b) => {
          expect(Math.exp(logCdf(x, a, b)) + Math.exp(logSf(x, a, b))).toBeCloseTo(1, 9);
          const [ours, mirrored] = [logCdf(x, a, b), logSf(1 - x, b, a)];
          expect(Math.abs(ours - mirrored)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(ours)));
        },
      ),
      walks(200),
    );
  });
});
