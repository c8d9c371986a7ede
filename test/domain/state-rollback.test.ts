import { describe, expect, it } from "@jest/globals";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState, isNote, type StateChange, writeChange } from "../../src/domain/state.ts";
import { pastWith, rollbackWith, stormWith, verificationWith } from "../contract/states.ts";
import { plain } from "./state-parts.ts";

const changes: StateChange[] = [
  { kind: "rollback", value: rollbackWith("a") },
  { kind: "verification", value: verificationWith("a") },
  { kind: "past", value: [pastWith("a")] },
  { kind: "storm", value: stormWith("a") },
];

describe("what a state says of rollbacks", () => {
  it("is written, read by a draft on top of it, and taken back", () => {
    const state = new Draft(emptyState());
    for (const change of changes) writeChange(state, change);
    const draft = new Draft(state);
    expect(draft).toMatchObject({
      rollback: rollbackWith("a"),
      verification: verificationWith("a"),
      past: [pastWith("a")],
      storm: stormWith("a"),
    });
    for (const kind of ["rollback", "verification", "storm"] as const)
      writeChange(draft, { kind, value: null });
    writeChange(draft, { kind: "past", value: [] });
    expect(plain(draft)).toEqual(emptyState());
    expect(state.past).toHaveLength(1);
  });

  it("is a note only where it is a check's", () => {
    expect(changes.filter(isNote).map(({ kind }) => kind)).toEqual(["verification"]);
  });
});
