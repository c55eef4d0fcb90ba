/** Hills in four layers, of which near ones move more: what the studio does to a photo. */
const LAYERS = [
  "M-80 250 C20 190 90 232 170 206 S330 140 430 186 S560 226 650 176 S800 190 880 160 V460 H-80Z",
  "M-80 282 C40 238 130 230 220 258 S370 306 460 256 S620 210 700 246 S820 266 880 250 V460 H-80Z",
  "M-80 332 C60 294 150 280 250 306 S420 350 530 306 S690 268 880 310 V460 H-80Z",
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
      <defs>
        <linearGradient id="sky" gradientUnits="userSpaceOnUse" x1="0" y1="70" x2="0" y2="225">
          <stop class="sky-top" offset="0" />
          <stop class="sky-middle" offset="0.55" />
          <stop class="sky-horizon" offset="1" />
        </linearGradient>
      </defs>
      <rect x="-80" y="0" width="960" height="460" fill="url(#sky)" />
      <circle class="sun" cx="506" cy="184" r="32" />
      {LAYERS.map((path, i) => (
        <path key={path} class={`hill hill-${i}`} d={path} />
      ))}
    </svg>
  );
}
