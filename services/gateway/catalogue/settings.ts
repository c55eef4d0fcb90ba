/** Settings of the catalogue: which Postgres it is in, or where the embedded one lies. */
import { text } from "../../../kit/config.js";
import { serverUrl } from "./server-url.js";

export const CATALOGUE_SETTINGS = {
  catalogueUrl: serverUrl(
    "DEPTHMESH_CATALOGUE_URL",
    "Postgres that holds the catalogue of jobs, for all gateways of a mesh: postgres://USER:PASSWORD@HOST:5432/DATABASE; other hosts are spoken to over TLS unless ?sslmode=disable says otherwise; unset means one that is embedded in the gateway",
  ),
  catalogueCa: text(
    "DEPTHMESH_CATALOGUE_CA",
    "",
    "file (PEM) with the authorities that sign the certificate of the catalogue's Postgres; unset means those of Node",
  ),
  catalogueCert: text(
    "DEPTHMESH_CATALOGUE_CERT",
    "",
    "file (PEM) with the certificate that the gateway shows the catalogue's Postgres, if it asks for one",
  ),
  catalogueKey: text(
    "DEPTHMESH_CATALOGUE_KEY",
    "",
    "file (PEM) with the key of DEPTHMESH_CATALOGUE_CERT",
  ),
  catalogueFolder: text(
    "DEPTHMESH_CATALOGUE_FOLDER",
    "",
    "folder of the embedded catalogue; unset means the folder catalogue beside DEPTHMESH_BLOBS",
  ),
};
