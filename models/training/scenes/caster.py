"""A small ray caster for the second edition's scenes: solids in space, lit with cast shadows.

A solid is a unit ball, cube or cone under an affine map; a ray is mapped into its space, where the
first hit is a closed formula.  Rays have depth 1 along the optical axis, so the ray's parameter is
z.  World: x right, y up, z away from a camera without yaw and pitch; metres.
"""
import math
import cv2
import numpy as np
from .textures import TEX, bank, palette

F32 = np.float32
NEAR = .08
BALL, CUBE, CONE, FLOOR = range(4)


def dot(a, b):
    """Over the last axis, of length 3; a sum of products is faster than a reduction."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def unit(a):
    return a / (np.sqrt(dot(a, a)) + F32(1e-9))[..., None]


def turn(yaw=0., pitch=0., roll=0.):
    """Rotation matrix: roll about z, then pitch about x, then yaw about y."""
    cy, sy, cp, sp, cr, sr = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch), math.cos(roll), math.sin(roll)
    return np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])


def along(a):
    """Rotation whose y axis points along `a`."""
    a = a / (np.linalg.norm(a) + 1e-9); b = np.array([1., 0, 0]) if abs(a[0]) < .8 else np.array([0, 0, 1.])
    x = np.cross(a, b); x /= np.linalg.norm(x)
    return np.stack([x, a, np.cross(x, a)], 1)


class Solid:
    __slots__ = ('kind', 'c', 's', 'R', 'm', 'top', 'radius', 'glass', 'shadow')

    def __init__(self, kind, c, s, R, m, top=1., glass=False, shadow=True):
        self.kind, self.c, self.s, self.R, self.m, self.top, self.glass, self.shadow = kind, np.asarray(c, float), np.maximum(np.asarray(s, float), 1e-4), R, m, top, glass, shadow
        q = self.s; w = max(1., top)
        self.radius = math.inf if kind == FLOOR else float(q.max()) if kind == BALL else float(np.linalg.norm(q)) if kind == CUBE else math.hypot(max(q[0], q[2]) * w, q[1])

    def hit(self, o, d, near=NEAR):
        """First hit of rays o + t d (arrays [n,3] or [3]): t (inf where none) and, in the solid's space, place and normal."""
        A = (self.R / self.s).astype(F32)                 # rows: world to unit space, transposed
        o = (np.asarray(o, F32) - self.c.astype(F32)) @ A; d = d @ A
        with np.errstate(all='ignore'):
            if self.kind == FLOOR:
                t = -o[..., 1] / d[..., 1]; t = np.where(t > near, t, np.inf); p = o + t[..., None] * d
                return t, p, np.broadcast_to(np.array([0, 1, 0], F32), p.shape)
            if self.kind == BALL:
                a = dot(d, d); b = dot(o, d); c = dot(o, o) - 1; q = b * b - a * c
                t = (-b - np.sqrt(q)) / a; t = np.where((q > 0) & (t > near), t, np.inf); p = o + t[..., None] * d
                return t, p, p
            if self.kind == CUBE:
                i = 1 / d; u, v = (-1 - o) * i, (1 - o) * i; n, f = np.minimum(u, v), np.maximum(u, v)
                t = np.maximum(np.maximum(n[..., 0], n[..., 1]), n[..., 2]); out = np.minimum(np.minimum(f[..., 0], f[..., 1]), f[..., 2])
                m = np.where(n == t[..., None], -np.sign(d), 0); t = np.where((t < out) & (t > near), t, np.inf)
                return t, o + t[..., None] * d, m
            # cone frustum about y in [-1, 1], radius 1 at the bottom and `top` at the top
            g = F32((self.top - 1) / 2); h = 1 + g; e = h + g * o[..., 1]; y = g * d[..., 1]
            a = d[..., 0] ** 2 + d[..., 2] ** 2 - y * y; b = o[..., 0] * d[..., 0] + o[..., 2] * d[..., 2] - e * y; c = o[..., 0] ** 2 + o[..., 2] ** 2 - e * e
            q = b * b - a * c; r = np.sqrt(q); t = np.full(q.shape, np.inf, F32); m = np.zeros(q.shape + (3,), F32)
            for w in ((-b - r) / a, (-b + r) / a):
                p = o + w[..., None] * d; ok = (q > 0) & (w > near) & (w < t) & (np.abs(p[..., 1]) <= 1) & (h + g * p[..., 1] > 0); t = np.where(ok, w, t)
            p = o + t[..., None] * d; m[..., 0], m[..., 1], m[..., 2] = p[..., 0], -g * (h + g * p[..., 1]), p[..., 2]
            for y0, rad in ((-1, 1.), (1, self.top)):
                w = (y0 - o[..., 1]) / d[..., 1]; x, z = o[..., 0] + w * d[..., 0], o[..., 2] + w * d[..., 2]
                ok = (w > near) & (w < t) & (x * x + z * z <= rad * rad); t = np.where(ok, w, t); m[ok] = (0, y0, 0)
            return t, o + t[..., None] * d, m


class Caster:
    """Collects solids, then `cast` draws them: `img` [S,S,3] and `disp` [S,S], as a Canvas has them."""

    def __init__(self, rng, S, fov, pos, pitch=0., yaw=0., roll=0.):
        self.rng, self.S, self.B = rng, S, bank(); self.f = S / (2 * math.tan(math.radians(fov) / 2))
        self.pos = np.asarray(pos, float); self.cam = turn(yaw, math.radians(pitch), math.radians(roll))
        y, x = np.mgrid[0:S, 0:S].astype(F32); self.px, self.py = x, y
        local = np.stack([(x - S / 2 + .5) / self.f, -(y - S / 2 + .5) / self.f, np.ones_like(x)], -1)
        self.rays = (local @ self.cam.T.astype(F32)).astype(F32)
        self.solids = []; self.fog = 0.; self.fogc = np.array([.7, .75, .8], F32); self.focus = None
        self.backdrop = None          # (img, disp) behind every solid
        self.amb = rng.uniform(.25, .7); self.sun = 1.2 - self.amb
        a, b = rng.uniform(0, 6.28), rng.uniform(.25, 1.3); self.L = np.array([math.cos(a) * math.cos(b), math.sin(b), math.sin(a) * math.cos(b)])
        self.lamp = None              # place of a point light, instead of the sun
        self.light = np.clip(1 + rng.normal(0, .08, 3), .6, 1.4).astype(F32)

    # --- materials: texture, gain, share of a flat colour, tiles per metre, flat colour, gloss
    def mat(self, tint=None, scale=None, tex=None, gloss=None, flat=None):
        r = self.rng; tint = palette(r) if tint is None else np.asarray(tint, F32)
        flat = r.choice([.2, .5, .8, .95]) if flat is None else flat
        return (int(r.integers(len(self.B.mips))) if tex is None else tex, r.uniform(.7, 1.25), flat,
                float(np.exp(r.uniform(-.5, 2.2))) if scale is None else scale, tint, (r.uniform(.2, 1) if r.random() < .3 else 0.) if gloss is None else gloss)

    # --- solids
    def ball(self, c, s, m, R=None, **k):
        self.solids.append(Solid(BALL, c, np.broadcast_to(s, 3), np.eye(3) if R is None else R, m, **k))

    def box(self, c, s, m, R=None, **k):
        self.solids.append(Solid(CUBE, c, s, np.eye(3) if R is None else R, m, **k))

    def cone(self, p0, p1, r0, r1, m, **k):
        p0, p1 = np.asarray(p0, float), np.asarray(p1, float)
        self.solids.append(Solid(CONE, (p0 + p1) / 2, (r0, np.linalg.norm(p1 - p0) / 2, r0), along(p1 - p0), m, top=r1 / max(r0, 1e-5), **k))

    def limb(self, p0, p1, r0, r1, m):
        self.cone(p0, p1, r0, r1, m); self.ball(p1, r1, m); self.ball(p0, r0, m)

    def floor(self, y, m):
        self.solids.append(Solid(FLOOR, (0, y, 0), (1, 1, 1), np.eye(3), m, shadow=False))

    # --- drawing
    def window(self, s):
        """The part of the picture that a solid may cover; None when it is out of sight."""
        S = self.S
        if not math.isfinite(s.radius): return slice(0, S), slice(0, S)
        x, y, z = (s.c - self.pos) @ self.cam; r = s.radius
        if z + r < NEAR: return None
        if z - r < .05: return slice(0, S), slice(0, S)
        lo = lambda v: (v - r) / (z - r if v < r else z + r); hi = lambda v: (v + r) / (z - r if v > -r else z + r)
        x0, x1 = S / 2 + self.f * lo(x), S / 2 + self.f * hi(x) + 1; y0, y1 = S / 2 - self.f * hi(y), S / 2 - self.f * lo(y) + 1
        x0, x1, y0, y1 = max(int(x0), 0), min(int(x1) + 1, S), max(int(y0), 0), min(int(y1) + 1, S)
        return None if x0 >= x1 or y0 >= y1 else (slice(y0, y1), slice(x0, x1))

    def cast(self):
        S = self.S; self.t = np.full((S, S), np.inf, F32); self.id = np.full((S, S), -1, np.int32)
        self.n = np.zeros((S, S, 3), F32); self.uv = np.zeros((S, S, 2), F32)
        for i, s in enumerate(self.solids):
            if not s.glass: self._draw(i, s)
        self._shade()
        for s in self.solids:
            if s.glass: self._glass(s)
        self.disp = np.where(np.isfinite(self.t), 1 / np.maximum(self.t, NEAR), 0 if self.backdrop is None else self.backdrop[1]).astype(F32)
        edge = cv2.dilate((cv2.morphologyEx(self.id.astype(np.int16), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0).astype(F32), np.ones((2, 2)))[..., None]
        self.img += edge * (cv2.GaussianBlur(self.img, (0, 0), .8) - self.img)   # edges of one sample a pixel are jagged
        return self

    def _draw(self, i, s):
        w = self.window(s)
        if w is None: return
        t, p, m = s.hit(self.pos, self.rays[w]); T = self.t[w]; ok = t < T
        if not ok.any(): return
        T[ok] = t[ok]; self.id[w][ok] = i
        p, m = p[ok], m[ok]; n = (m / s.s.astype(F32)) @ s.R.T.astype(F32); self.n[w][ok] = unit(n)
        q = p * s.s.astype(F32); a = np.abs(m / s.s.astype(F32)); a = np.where(a[:, 0] >= np.maximum(a[:, 1], a[:, 2]), 0, np.where(a[:, 1] >= a[:, 2], 1, 2))   # texture by the axis that the surface faces
        self.uv[w][ok] = np.stack([np.where(a == 0, q[:, 2], q[:, 0]), np.where(a == 1, q[:, 2], q[:, 1])], -1)

    def _lamp_at(self, P):
        """Direction to the light and its strength at places [n,3]."""
        if self.lamp is None: return np.broadcast_to(self.L.astype(F32), P.shape), 1.
        d = self.lamp.astype(F32) - P; r = np.sqrt(dot(d, d))
        return d / r[..., None], np.minimum(3 / (r * r + .6), 2.)

    def _shadows(self):
        """Share of light that arrives, at half the size."""
        h = self.S // 2; T = self.t[::2, ::2]; ok = np.isfinite(T)
        P = (self.pos + self.rays[::2, ::2] * np.where(ok, T, 1)[..., None] + self.n[::2, ::2] * .004).astype(F32)[ok]; L, _ = self._lamp_at(P); lit = np.ones(len(P), F32)
        reach = None if self.lamp is None else np.linalg.norm(self.lamp.astype(F32) - P, axis=-1)
        for s in self.solids:
            if not s.shadow or s.radius < .012: continue
            v = s.c.astype(F32) - P; k = dot(v, L); near = (dot(v, v) - k * k < s.radius ** 2) & (k > -s.radius) & (lit > 0)
            i = np.flatnonzero(near)
            if not len(i): continue
            t, _, _ = s.hit(P[i], L[i], .002); ok_ = np.isfinite(t)
            if reach is not None: ok_ &= t < reach[i]
            lit[i[ok_]] = .35 if s.glass else 0
        out = np.ones((h, h), F32); out[ok] = lit
        return cv2.resize(cv2.GaussianBlur(out, (0, 0), self.rng.uniform(.5, 3)), (self.S, self.S), interpolation=cv2.INTER_LINEAR)

    def _albedo(self, m, uv, t):
        tex, gain, flat, sc, tint, _ = m; out = np.empty((len(uv), 3), F32); lev = np.round(np.log2(np.maximum(t / self.f * sc * TEX * 1.3, 1))).astype(int).clip(0, 6)
        for l in np.unique(lev):
            i = np.flatnonzero(lev == l); k = -(-len(i) // 256) * 256; j = np.resize(i, k).reshape(-1, 256)
            out[i] = self.B.sample(tex, uv[j, 0] * sc, uv[j, 1] * sc, l).reshape(-1, 3)[:len(i)]
        out *= F32(gain); return out * (1 - flat) + tint * flat * (.6 + .8 * (out[:, 0] + out[:, 1] + out[:, 2])[:, None] / 3)

    def _shade(self):
        S = self.S; ok = self.id >= 0
        self.img = np.zeros((S, S, 3), F32) if self.backdrop is None else self.backdrop[0].copy()
        lit = self._shadows()
        for i in np.unique(self.id[ok]):
            w = np.nonzero(self.id == i); m = self.solids[i].m; t, n = self.t[w], self.n[w]; d = self.rays[w]; P = (self.pos + d * t[:, None]).astype(F32)
            L, power = self._lamp_at(P); nl = dot(n, L); v = -unit(d)
            k = self.amb * (.75 + .25 * n[:, 1]) + self.sun * np.clip(nl, 0, 1) * lit[w] * power
            c = self._albedo(m, self.uv[w], t) * k[:, None] * self.light
            if m[5] > 0:
                c += (m[5] * np.clip(dot(n, unit(L + v)), 0, 1) ** 40 * lit[w])[:, None]
            self.img[w] = c

    def _glass(self, s):
        """Dims and tints what is behind, mirrors a bright surrounding where it is seen at a slant."""
        w = self.window(s)
        if w is None: return
        t, _, m = s.hit(self.pos, self.rays[w]); T = self.t[w]; ok = t < T
        if not ok.any(): return
        n = (m[ok] / s.s.astype(F32)) @ s.R.T.astype(F32); n = unit(n); d = unit(self.rays[w][ok]); k = dot(n, d); f = (1 - np.abs(k)) ** 3
        r = d - 2 * k[:, None] * n; spot = np.clip(dot(r, self.L.astype(F32)), 0, 1) ** 60
        env = .35 + .45 * r[:, 1:2]; T[ok] = t[ok]; self.id[w][ok] = len(self.solids)
        I = self.img[w]; I[ok] = I[ok] * (s.m[4] * .3 + .7) * (1 - .7 * f[:, None]) + (.7 * f[:, None] * env + spot[:, None]).astype(F32)
