/** The calls in docs/api.md are messages of the protocol. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { publicServices, registry } from "./docs-api.js";
import { callMessages } from "./docs-api-calls.js";

test("every public method has a call whose messages are those of its request", () => {
  for (const method of publicServices().flatMap((service) => service.methods)) {
    const messages = callMessages(method);
    for (const message of messages) {
      assert.doesNotMatch(JSON.stringify(message), /"NAME"/, `${method.name} names no resource`);
      fromJson(method.input, message as JsonValue, { registry });
    }
    const sendsMany =
      method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
    assert.ok(sendsMany || messages.length === 1, method.name);
  }
});
