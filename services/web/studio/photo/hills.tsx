/** Hills in four layers, of which near ones move more: what the studio does to a photo. */
const LAYERS = [
  "M-80 214 C20 150 90 196 170 170 S330 96 430 150 S560 190 650 132 S800 150 880 120 V460 H-80Z",
  "M-80 262 C40 218 130 210 220 238 S370 286 460 236 S620 190 700 226 S820 246 880 230 V460 H-80Z",
  "M-80 322 C60 284 150 270 250 296 S420 340 530 296 S690 258 880 300 V460 H-80Z",
  "M-80 384 C70 346 200 336 320 362 S560 404 660 358 S800 350 880 360 V460 H-80Z",
] as const;

export function Hills() {
  return (
    <svg
      class="hills"
      viewBox="40 20 720 400"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      <circle class="sun" cx="556" cy="112" r="34" />
      {LAYERS.map((path, i) => (
        <path key={path} class={`hill hill-${i}`} d={path} />
      ))}
    </svg>
  );
}
