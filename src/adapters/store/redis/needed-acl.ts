/** What a Redis user must be allowed; docs/operations.md explains it. */
const RIGHTS =
  "~rollguard:* &rollguard:* +@read +@write +@connection +@pubsub -@dangerous +eval +evalsha +time +info +wait";

/** For whoever has to mend it. */
export const NEEDED_ACL = `Its user needs: ACL SETUSER <user> ${RIGHTS}`;
