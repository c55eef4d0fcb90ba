import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { type AddressRefusal, checkedUrl } from "./address.js";
import { AddressRanges, parseRanges } from "./address-ranges.js";

const PUBLIC = new AddressRanges();
const REFUSAL: AddressRefusal = {
  ...{ reason: "WEBHOOK_ADDRESS_FORBIDDEN", what: "the webhook's URL", field: "url" },
};
const HTTPS_ONLY = { refusal: REFUSAL, allowHttp: false, ranges: PUBLIC };
const WITH_HTTP = { refusal: REFUSAL, allowHttp: true, ranges: PUBLIC };

/** Every special range, at its first, last or middle address, and public ones beside it. */
const ADDRESSES: Readonly<Record<string, boolean>> = {
  "0.0.0.0": false,
  "0.255.255.255": false,
  "1.0.0.0": true,
  "8.8.8.8": true,
  "9.255.255.255": true,
  "10.0.0.0": false,
  "10.255.255.255": false,
  "11.0.0.0": true,
  "100.63.255.255": true,
  "100.64.0.0": false,
  "100.127.255.255": false,
  "100.128.0.0": true,
  "126.255.255.255": true,
  "127.0.0.1": false,
  "127.255.255.254": false,
  "128.0.0.0": true,
  "169.253.255.255": true,
  "169.254.0.1": false,
  "169.254.169.254": false,
  "172.15.255.255": true,
  "172.16.0.0": false,
  "172.31.255.255": false,
  "172.32.0.0": true,
  "192.0.0.1": false,
  "192.0.2.1": false,
  "192.31.196.1": false,
  "192.52.193.1": false,
  "192.88.99.1": false,
  "192.167.255.255": true,
  "192.168.0.0": false,
  "192.168.255.255": false,
  "192.169.0.0": true,
  "192.175.48.1": false,
  "198.17.255.255": true,
  "198.18.0.0": false,
  "198.19.255.255": false,
  "198.51.100.1": false,
  "203.0.113.1": false,
  "223.255.255.255": true,
  "224.0.0.1": false,
  "239.255.255.255": false,
  "240.0.0.1": false,
  "255.255.255.255": false,
  "::": false,
  "::1": false,
  "::2": false,
  // IPv4 in IPv6, also of public addresses: no name of the internet has such an address.
  "::127.0.0.1": false,
  "::8.8.8.8": false,
  "::ffff:127.0.0.1": false,
  "::ffff:8.8.8.8": false,
  "::ffff:0:127.0.0.1": false,
  "64:ff9b::127.0.0.1": false,
  "64:ff9b::10.0.0.1": false,
  "64:ff9b::169.254.169.254": false,
  // What networks without IPv4 make of 8.8.8.8.
  "64:ff9b::8.8.8.8": true,
  "64:ff9b:1::8.8.8.8": false,
  "100::1": false,
  "2001::1": false,
  "2001:2::1": false,
  "2001:10::1": false,
  "2001:20::1": false,
  "2001:db8::1": false,
  "2002:7f00:1::1": false,
  "2002:808:808::1": false,
  "2001:4860:4860::8888": true,
  "2606:4700::1111": true,
  "3fff::1": false,
  "4000::1": false,
  "5f00::1": false,
  "fc00::1": false,
  "fd12:3456::1": false,
  "fe80::1": false,
  "fe80::1%lo": false,
  "fec0::1": false,
  "ff02::1": false,
  // No addresses in their usual notation.
  "0x7f.1": false,
  "2130706433": false,
  "0177.0.0.1": false,
  "8.8.8": false,
  localhost: false,
  "": false,
};

test("webhooks may be sent to public addresses only", () => {
  assert.ok(Object.keys(ADDRESSES).length >= 60);
  for (const [address, isAllowed] of Object.entries(ADDRESSES)) {
    assert.equal(PUBLIC.allows(address), isAllowed, address);
  }
});

test("an operator allows ranges, and no others", () => {
  const ranges = new AddressRanges("127.0.0.0/8, fd00::/8,10.1.0.0/16");
  const allowed = ["127.0.0.1", "127.9.9.9", "fd12::1", "10.1.2.3", "8.8.8.8"];
  for (const address of allowed) assert.ok(ranges.allows(address), address);
  const forbidden = ["10.2.0.1", "::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"];
  for (const address of forbidden) assert.ok(!ranges.allows(address), address);
});

test("a list of ranges is read whole, or not at all", () => {
  assert.equal(parseRanges("")?.length, 0);
  assert.equal(parseRanges("10.0.0.0/8, ::1/128 ,")?.length, 2);
  for (const text of ["10.0.0.0", "10.0.0.0/33", "10/8", "::/129", "x/8", "1.2.3.4/8/8", "a"]) {
    assert.equal(parseRanges(text), undefined, text);
  }
});

const ALLOWED_URLS = [
  "https://example.com/depthmesh",
  "https://example.com",
  "https://EXAMPLE.com/Hook?key=value",
  "https://example.com:443/",
  "https://example.com:8443/a%20b",
  "https://example.com:80/",
  "https://xn--bcher-kva.example/",
  "https://8.8.8.8/",
  "https://[2606:4700::1111]:8443/",
  // Their addresses are checked when they are called.
  "https://localhost/",
  "https://intranet/hook",
];

/** Each with a word of the refusal. */
const FORBIDDEN_URLS: readonly (readonly [url: string, why: RegExp])[] = [
  ["", /printable/],
  ["example.com", /no https URL/],
  ["//example.com", /no https URL/],
  ["ftp://example.com/", /no https URL/],
  ["file:///etc/passwd", /no https URL/],
  ["gopher://example.com/", /no https URL/],
  ["javascript:alert(1)", /no https URL/],
  ["HTTPS://example.com/", /no https URL/],
  ["https:/example.com/", /no https URL/],
  ["https:example.com", /no https URL/],
  ["https://", /no https URL/],
  ["https:///example.com", /as it is called/],
  ["https://example.com:99999/", /no https URL/],
  ["https://example.com\\@127.0.0.1/", /printable/],
  ["https://exa mple.com/", /printable/],
  ["https://example.com/\r\nx: y", /printable/],
  ["https://example.com/\u0000", /printable/],
  ["\thttps://example.com/", /printable/],
  ["https://exam\tple.com/", /printable/],
  ["https://bücher.example/", /punycode/],
  ["https://１２７.0.0.1/", /punycode/],
  ["https://127。0。0。1/", /punycode/],
  ["https://user@example.com/", /user/],
  ["https://user:password@example.com/", /user/],
  ["https://@example.com/", /user/],
  ["https://example.com@127.0.0.1/", /user/],
  ["https://example.com/#x", /fragment/],
  ["https://example.com./", /as it is called/],
  ["https://127.0.0.1./", /as it is called/],
  ["https://127.0.0.1/", /not public/],
  ["https://127.1/", /as it is called: 127\.0\.0\.1/],
  ["https://0x7f.1/", /as it is called/],
  ["https://0x7f000001/", /as it is called/],
  ["https://2130706433/", /as it is called/],
  ["https://017700000001/", /as it is called/],
  ["https://0177.0.0.1/", /as it is called/],
  ["https://134744072/", /as it is called: 8\.8\.8\.8/],
  ["https://%31%32%37.0.0.1/", /as it is called/],
  ["https://0/", /as it is called/],
  ["https://0.0.0.0/", /not public/],
  ["https://10.0.0.1/", /not public/],
  ["https://169.254.169.254/latest/meta-data/", /not public/],
  ["https://100.100.100.200/", /not public/],
  ["https://[::]/", /not public/],
  ["https://[::1]/", /not public/],
  ["https://[0:0:0:0:0:0:0:1]/", /as it is called/],
  ["https://[::ffff:127.0.0.1]/", /as it is called/],
  ["https://[::ffff:7f00:1]/", /not public/],
  ["https://[::127.0.0.1]/", /as it is called/],
  ["https://[::7f00:1]/", /not public/],
  ["https://[64:ff9b::7f00:1]/", /not public/],
  ["https://[2002:7f00:1::]/", /not public/],
  ["https://[fd00::1]/", /not public/],
  ["https://[fe80::1%25eth0]/", /no https URL/],
  ["https://example.com:22/", /port 22/],
  ["https://example.com:25/", /port 25/],
  ["https://example.com:0/", /port 0/],
  ["https://example.com:1023/", /port 1023/],
  ["http://example.com/", /must begin with https/],
  [`https://example.com/${"x".repeat(2048)}`, /2068 characters/],
];

test("the URL of a webhook names its host as it is called, without tricks", () => {
  assert.ok(FORBIDDEN_URLS.length >= 60);
  for (const url of ALLOWED_URLS) assert.ok(checkedUrl(url, HTTPS_ONLY), url);
  for (const [url, why] of FORBIDDEN_URLS) {
    assert.throws(
      () => checkedUrl(url, HTTPS_ONLY),
      (error) => {
        assert.ok(error instanceof DepthmeshError, url);
        assert.equal(error.reason, "WEBHOOK_ADDRESS_FORBIDDEN", url);
        assert.match(error.message, why, url);
        assert.ok((error.metadata.actual ?? "").length <= 128, url);
        assert.match(error.metadata.actual ?? "", /^[ -~]*$/, url);
        return true;
      },
      url,
    );
  }
});

test("http is allowed where the operator says so, on its ports", () => {
  assert.ok(checkedUrl("http://example.com/", WITH_HTTP));
  assert.throws(() => checkedUrl("http://example.com:22/", WITH_HTTP));
  assert.throws(() => checkedUrl("http://127.0.0.1/", WITH_HTTP), /not public/);
});
