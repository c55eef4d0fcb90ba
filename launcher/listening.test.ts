/** Which addresses a mesh opens to other hosts, and which stay closed until somebody decides. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setEnvironmentVariable } from "../kit/config.js";
import { assertCanListen, hostsOfListening, hostsOfOneMachine } from "./listening.js";

const HOST = "192.0.2.10";
const DECIDED = ["DEPTHMESH_IDENTITY", "DEPTHMESH_HOST", "DEPTHMESH_ADVERTISE_HOST"];
const clear = () => {
  for (const name of DECIDED) setEnvironmentVariable(name, "");
};
clear();
afterEach(clear);

test("the public ports stay on the loopback until somebody says who may call", () => {
  const closed = { DEPTHMESH_HOST: "127.0.0.1", DEPTHMESH_INTERNAL_HOST: HOST };
  assert.deepEqual(hostsOfListening(HOST)("gateway"), closed);
  assert.deepEqual(hostsOfListening(HOST)("worker"), { DEPTHMESH_HOST: HOST });
  setEnvironmentVariable("DEPTHMESH_IDENTITY", "on");
  assert.equal(hostsOfListening(HOST)("gateway").DEPTHMESH_HOST, HOST);
  // Nobody is asked: that is no reason to open it to others.
  setEnvironmentVariable("DEPTHMESH_IDENTITY", "off");
  assert.deepEqual(hostsOfListening(HOST)("gateway"), closed);
  setEnvironmentVariable("DEPTHMESH_HOST", "192.0.2.11");
  assert.equal(hostsOfListening(HOST)("gateway").DEPTHMESH_HOST, "192.0.2.11");
});

test("on one machine, every address is for callers only", () => {
  assert.deepEqual(hostsOfOneMachine({})("worker"), {});
  const every = { DEPTHMESH_HOST: "0.0.0.0" };
  assert.deepEqual(hostsOfOneMachine(every)("worker"), { DEPTHMESH_HOST: "127.0.0.1" });
  const gateway = hostsOfOneMachine(every)("gateway");
  assert.deepEqual(gateway, { DEPTHMESH_INTERNAL_HOST: "127.0.0.1" });
  const named = { ...every, DEPTHMESH_ADVERTISE_HOST: "render-1" };
  assert.deepEqual(hostsOfOneMachine(named)("worker"), {});
});

test("an address that other hosts cannot call is refused before anything starts", async () => {
  const at = (host: string) => assertCanListen({ host, natsPort: 1, internalPort: 2 });
  await assert.rejects(at("::"), /--listen :: means every address.*that they reach/);
  await assert.rejects(at("127.0.0.1"), /--listen 127\.0\.0\.1 .*only this machine reaches/);
  await assert.rejects(at("::1"), /only this machine reaches/);
  await assert.rejects(
    at("0"),
    /--listen 0 is 0\.0\.0\.0 on this machine, which means every address/,
  );
  await assert.rejects(
    at("127.1"),
    /--listen 127\.1 is 127\.0\.0\.1 on .*only this machine reaches/,
  );
  await assert.rejects(at(HOST), /192\.0\.2\.10 is no address of this machine/);
});
