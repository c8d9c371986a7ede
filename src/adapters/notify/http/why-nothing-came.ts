const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What goes behind a service's name, for an error of Node's `http`; none of them holds a path or a header. */
export function whyNothingCame(error: Error): string {
  const { code = "" } = error as { code?: string };
  const advice = UNTRUSTED.has(code)
    ? "; where it is meant to be, name its authority's file in NODE_EXTRA_CA_CERTS"
    : "";
  if (code.startsWith("HPE_")) return "answers something that is not HTTP: does the address lead to it?";
  return `does not answer: ${reasonOf(error)}${advice}`;
}

/** Of a name with several addresses there is one error for each, and none around them. */
function reasonOf(error: Error): string {
  const { message, errors } = error as { message: string; errors?: readonly Error[] };
  const reasons = [...new Set((errors ?? []).map((each) => each.message))];
  return reasons.length > 0 ? reasons.join(", ") : message;
}
