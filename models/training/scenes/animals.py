"""Animals: whole quadrupeds and heads close up."""
import numpy as np
from .textures import palette


def quadruped(C, X, Z, scale=1., y0=None, at=None):
    """Cat / dog / cow / lion like animal; `at`=(u, v, z, k) overrides ground placement."""
    r = C.rng
    u, v, z = C.project((X, C.gy if y0 is None else y0, Z))
    k = C.f / max(z, .3) * scale
    if at: u, v, z, k = at
    if z < .25: return
    fur = palette(r, r.choice([1, 1, 1, 0, 6, 5])); m = C.mat(tint=fur, scale=float(r.uniform(1.5, 5)) / scale)
    s = r.choice([-1, 1]); fc = r.uniform(.35, 1.)     # side, foreshortening
    L, br, lg = r.uniform(.35, .65), r.uniform(.13, .24), r.uniform(.05, .55)
    pose = r.random() < .25                                # lying
    if pose: lg = .02
    by = lg + br
    P = lambda x, y: (u + s * x * fc * k, v - y * k)
    zz = lambda x: z - scale * x * (1 - fc) * .9
    for x in (-L, -L + .1, L - .1, L):
        far = .08 if x in (-L + .1, L - .1) else -.04
        C.capsule(P(x * .85, by), P(x * .85 + r.normal(0, .05), .03), .07 * k, .045 * k, zz(x) + far * scale, zz(x) + far * scale, None, m)
    C.capsule(P(-L * .8, by), P(L * .75, by + r.normal(.02, .03)), br * k, br * r.uniform(.9, 1.2) * k, zz(-L), zz(L), None, m)
    C.capsule(P(-L, by + .05), P(-L - r.uniform(.1, .4), by + r.uniform(-.3, .35)), .035 * k, .02 * k, zz(-L), zz(-L), None, m)
    hx, hy = L + r.uniform(.05, .3), by + r.uniform(.05, .5); hr = r.uniform(.1, .19)
    C.capsule(P(L * .75, by + .05), P(hx, hy), br * .7 * k, hr * .8 * k, zz(L), zz(L + .15), None, m)
    if r.random() < .15: C.ellipse(*P(hx - .04, hy), hr * 1.9 * k, hr * 1.9 * k, 0, zz(L + .1), .1 * scale, None, C.mat(tint=fur * .6, scale=3 / scale))
    animal_head(C, *P(hx, hy), hr * k, zz(L + .25), hr * scale, s, m, fur)


def animal_head(C, cx, cy, R, z, rz, s, m, fur):
    r = C.rng
    for e in (-1, 1):
        ea = r.uniform(.3, .55) * R
        C.ellipse(cx + e * .62 * R, cy - .85 * R, ea * .6, ea * r.uniform(1, 1.7), e * r.uniform(.1, .7), z, rz * .2, fur * .7)
    C.ellipse(cx, cy, R, R * r.uniform(.85, 1.05), 0, z, rz, None, m)
    sx = s * r.uniform(0, .7) * R
    C.ellipse(cx + sx, cy + .35 * R, R * .45, R * .38, 0, z - rz * .8, rz * .5, np.clip(fur * 1.3 + .08, 0, 1))
    if R > 4:
        C.decal(cx + sx, cy + .22 * R, .14 * R, .1 * R, 0, (.08, .05, .05), .9, .3)
        for e in (-1, 1):
            C.decal(cx + sx * .6 + e * .38 * R, cy - .12 * R, .13 * R, .11 * R, 0, palette(r), .9, .3)
            C.decal(cx + sx * .6 + e * .38 * R, cy - .12 * R, .07 * R, .1 * R, 0, (.03, .03, .03), .95, .3)
