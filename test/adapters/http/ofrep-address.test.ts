import { expect, test } from "@jest/globals";
import { ofrepAddressOf } from "../../../src/adapters/http/ofrep-address.ts";

test.each([
  ["/ofrep/v1/evaluate/flags", {}],
  ["/ofrep/v1/evaluate/flags/", {}],
  ["/OFREP/v1/Evaluate/flags?flagConfigEtag=%227%22", { query: "flagConfigEtag=%227%22" }],
  ["/ofrep/v1/evaluate/flags/a%2Fb/c?x=/y", { key: "a%2Fb/c", query: "x=/y" }],
  ["/applications/my%20shop/ofrep/v1/evaluate/flags/cache", { application: "my%20shop", key: "cache" }],
  ["http://proxied.example:80/ofrep/v1/evaluate/flags", {}],
  // Of a client whose base address ends in a slash.
  ["//ofrep/v1/evaluate/flags/cache", { key: "cache" }],
  ["/applications/shop//ofrep/v1/evaluate/flags", { application: "shop" }],
])("%s is asked of flags", (url, expected) => {
  expect(ofrepAddressOf(url)).toEqual({ application: undefined, key: undefined, query: "", ...expected });
});

test.each([
  "/",
  "/ofrep/v1/event-stream?x=/ofrep/v1/evaluate/flags",
  "/ofrep/v1/evaluate/flagship",
  "/applications//ofrep/v1/evaluate/flags",
  "/applications/a/b/ofrep/v1/evaluate/flags",
  "///ofrep/v1/evaluate/flags",
  "//x/ofrep/v1/evaluate/flags",
])("%s is not", (url) => {
  expect(ofrepAddressOf(url)).toBeUndefined();
});
