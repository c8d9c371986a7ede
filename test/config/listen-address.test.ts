import { describe, expect, it } from "@jest/globals";
import { parseListenAddress } from "../../src/config/listen-address.ts";

describe("a listening address", () => {
  it.each([
    ["127.0.0.1:9095", "127.0.0.1", 9095, true],
    ["localhost:0", "localhost", 0, true],
    ["[::1]:9095", "::1", 9095, true],
    ["127.1.2.3:65535", "127.1.2.3", 65_535, true],
    [":9095", "0.0.0.0", 9095, false],
    ["0.0.0.0:9095", "0.0.0.0", 9095, false],
    ["[::]:9095", "::", 9095, false],
    ["rollguard.example.org:80", "rollguard.example.org", 80, false],
    ["localhost.example.org:80", "localhost.example.org", 80, false],
    ["127.0.0.1.example.org:80", "127.0.0.1.example.org", 80, false],
    ["[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80, false],
  ])("%s", (text, host, port, loopback) => {
    expect(parseListenAddress(text)).toEqual({ host, port, loopback });
  });

  it.each([
    "",
    "9095",
    "localhost",
    "localhost:",
    "::1:9095",
    "[::1]",
    "a:65536",
    "a:-1",
    "a b:1",
    "http://a:1",
  ])("%j is none", (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});
