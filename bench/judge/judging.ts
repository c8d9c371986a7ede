import type { World } from "./world.ts";

/** What a judge says of a stage after a block. `red` is acted on at once, the others when the bake is over. */
export type StageVerdict = "red" | "green" | "hold";

/** One judge at work on one stage. */
export interface StageJudge {
  /**
   * After every block of 30 s.
   * @param isOver whether the bake is over, and the judge has to say more than whether it is red
   */
  after(block: number, isOver: boolean): StageVerdict;
}

export interface Judge {
  readonly name: string;
  /** @param stage counts begin anew in each */
  start(world: World, stage: number): StageJudge;
}
