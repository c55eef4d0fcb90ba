/** Which addresses of a Postgres are taken, and which are spoken to in clear. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../../../kit/config.js";
import { accessOf, serverUrl } from "./server-url.js";

const FILES = { catalogueCa: "", catalogueCert: "", catalogueKey: "" };
const url = serverUrl("DEPTHMESH_CATALOGUE_URL", "a Postgres");
const read = (value: string) => readSettings({ url }, { DEPTHMESH_CATALOGUE_URL: value }).url;
const isClear = (value: string) => accessOf({ ...FILES, catalogueUrl: read(value) }).ssl === false;

test("other hosts are spoken to over TLS unless somebody says otherwise", () => {
  assert.equal(isClear("postgres://u:p@127.0.0.1/db"), true);
  assert.equal(isClear("postgres:///db?host=/run/postgresql"), true);
  assert.equal(isClear("postgres://u:p@db.example.com/db"), false);
  assert.equal(isClear("postgres://u:p@db.example.com/db?sslmode=disable"), true);
});

test("what the driver would read otherwise is refused, without a word of the address", () => {
  for (const query of [
    "?host=db.example.com",
    "?host=/run&ssl=no-verify",
    "?ssl=0",
    "?options=x",
  ]) {
    for (const host of ["", "u:secret@localhost"]) {
      assert.throws(
        () => read(`postgres://${host}/db${query}`),
        (error: Error) =>
          /DEPTHMESH_CATALOGUE_URL/.test(error.message) && !/secret/.test(error.message),
        query,
      );
    }
  }
  assert.throws(() => read("postgres:///db"), /names no host/);
});
