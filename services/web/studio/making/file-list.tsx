/** The files of a job to take away, and its pictures. */
import { apiUrl } from "../api/http.js";
import { STRINGS } from "../strings.js";
import { type Download, shownOf } from "./downloads.js";

export function FileList({ files }: { readonly files: readonly Download[] }) {
  const words = STRINGS.making;
  const { pictures } = shownOf(files, () => false);
  return (
    <section aria-labelledby="making-downloads">
      <h3 id="making-downloads">{words.downloads}</h3>
      <ul class="downloads">
        {files.map(({ artifact, fileName, href, facts }) => (
          <li key={artifact}>
            <a href={apiUrl(href)} download={fileName}>
              {fileName}
            </a>
            <span class="fine">{facts}</span>
          </li>
        ))}
      </ul>
      {pictures.length > 0 && (
        <ul class="pictures" aria-label={words.pictures}>
          {pictures.map(({ artifact, fileName, source }) => (
            <li key={artifact}>
              <figure>
                <img src={apiUrl(source)} alt={pictureText(artifact)} loading="lazy" />
                <figcaption>{fileName}</figcaption>
              </figure>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** `depth.png` is the depth map; a picture of a later version is called by its own name. */
function pictureText(artifact: string): string {
  const { pictureTexts } = STRINGS.making;
  const kind = artifact.replace(/\.[^.]*$/, "");
  return kind in pictureTexts ? pictureTexts[kind as keyof typeof pictureTexts] : artifact;
}
