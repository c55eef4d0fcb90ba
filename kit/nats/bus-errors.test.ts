/** Every failure of the NATS API becomes BUS_UNAVAILABLE, and its code can still be examined. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NatsError } from "nats";
import { isNotFound, isWrongLastSequence, translateErrors } from "./bus-errors.js";

const refusal = (code: number, err_code: number) => {
  const error = new NatsError("refused", String(code));
  error.api_error = { code, err_code, description: "refused" };
  return error;
};

class FakeApi {
  readonly #own = 7;
  readonly name = "api";
  readonly views = { kv: async (name: string) => new FakeBucket(name) };
  readonly streams = { info: () => Promise.reject(refusal(404, 10059)) };
  read() {
    return Promise.resolve(this.#own);
  }
  close() {
    throw new NatsError("closed", "CONNECTION_CLOSED");
  }
}

class FakeBucket {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  async put() {
    throw refusal(400, 10071);
  }
}

const unavailable = { reason: "BUS_UNAVAILABLE" };

test("results pass, failures of each part are translated and keep their cause", async () => {
  const api = translateErrors(new FakeApi());
  assert.equal(api.name, "api");
  assert.equal(await api.read(), 7);
  assert.throws(() => api.close(), unavailable);
  await assert.rejects(api.streams.info(), unavailable);
  await assert.rejects(api.streams.info(), isNotFound);
  const bucket = await api.views.kv("jobs");
  assert.equal(bucket.name, "jobs");
  await assert.rejects(bucket.put(), unavailable);
  await assert.rejects(bucket.put(), isWrongLastSequence);
});
