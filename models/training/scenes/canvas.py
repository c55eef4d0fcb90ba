"""The z-buffered rasteriser that scenes are drawn with: polygons, soft primitives, billboards."""
import math
import cv2
import numpy as np
from .textures import TEX, bank, palette

F32 = np.float32


class Canvas:
    def __init__(self, rng, S, fov, pitch, roll, cam_h):
        self.rng, self.S, self.B = rng, S, bank()
        self.f = S / (2 * math.tan(math.radians(fov) / 2))
        self.cp, self.sp = math.cos(pitch), math.sin(pitch)
        self.cr, self.sr = math.cos(roll), math.sin(roll)
        self.h = cam_h
        self.img = np.zeros((S, S, 3), F32)
        self.disp = np.zeros((S, S), F32)
        y, x = np.mgrid[0:S, 0:S].astype(F32)
        self.px, self.py = x, y
        self.dx, self.dy = (x - S / 2) / self.f, -(y - S / 2) / self.f  # normalised camera rays (z = 1, y up)
        L = rng.normal(size=3); L[1] = abs(L[1]) + .5; L[2] = -abs(L[2]) * rng.uniform(-.5, 1)
        self.L = self.to_cam_dir(L / np.linalg.norm(L))
        self.amb = rng.uniform(.3, .75)
        self.light = np.clip(1 + rng.normal(0, .07, 3), .7, 1.3).astype(F32)

    # --- camera
    def to_cam_dir(self, d):
        x, y, z = d
        y2, z2 = y * self.cp + z * self.sp, -y * self.sp + z * self.cp
        return np.array([x * self.cr - y2 * self.sr, x * self.sr + y2 * self.cr, z2], F32)

    def to_cam(self, p):
        p = np.asarray(p, float)
        return self.to_cam_dir((p[0], p[1] - self.h, p[2]))

    def project(self, p):
        c = self.to_cam(p); z = max(c[2], 1e-3)
        return self.S / 2 + self.f * c[0] / z, self.S / 2 - self.f * c[1] / z, c[2]

    # --- helpers
    def box(self, x0, y0, x1, y1):
        S = self.S
        x0, y0, x1, y1 = max(int(math.floor(x0)), 0), max(int(math.floor(y0)), 0), min(int(math.ceil(x1)) + 1, S), min(int(math.ceil(y1)) + 1, S)
        return None if x0 >= x1 or y0 >= y1 else (slice(y0, y1), slice(x0, x1))

    def put(self, bx, alpha, disp, rgb, z=True):
        D = self.disp[bx]
        if z:
            alpha = alpha * (disp > D)
        A = alpha[..., None]
        I = self.img[bx]; I += A * (rgb - I)
        if z:
            np.copyto(D, disp.astype(F32), where=alpha > .5)

    def shade(self, ndotl):
        return (self.amb + (1.15 - self.amb) * np.clip(ndotl, 0, 1))[..., None] * self.light

    def mat(self, tex=None, tint=None, scale=None):
        """material = (texture index, gain rgb, blend towards flat colour, tiles per metre)"""
        r = self.rng
        tex = int(r.integers(len(self.B.mips))) if tex is None else tex
        flat = palette(r) if tint is None else np.asarray(tint, F32)
        return tex, r.uniform(.6, 1.3) * (1 + r.normal(0, .08, 3)), (r.choice([0, .3, .6, .85]) if tint is None else r.uniform(.55, .95)), \
            (float(np.exp(r.uniform(-1.2, 1.6))) if scale is None else scale), flat

    def albedo(self, m, u, v, footprint):
        tex, gain, bl, sc, flat = m
        lev = math.log2(max(footprint * sc * TEX, 1))
        t = self.B.sample(tex, u * sc, v * sc, round(lev)) * gain
        return t * (1 - bl) + flat * bl * (.6 + .8 * t.mean(-1, keepdims=True)) if bl > 0 else t

    # --- planar polygon given by world-space vertices (convex, any winding)
    def poly(self, verts, m, flip_ok=True, uv=None, amb_only=False):
        P = np.array([self.to_cam(v) for v in verts])
        near = .12
        V = P
        e1 = P[1] - P[0]; n = np.cross(e1, P[-1] - P[0]); ln = np.linalg.norm(n)
        if ln < 1e-9: return
        n = n / ln; e1 = e1 / (np.linalg.norm(e1) + 1e-9); e2 = np.cross(n, e1)
        dc = n @ P[0]
        if abs(dc) < 1e-5: return
        O = P[0]
        lim = self.S / self.f * .75   # clip against the near plane and a slightly enlarged frustum
        for cx, cy, cz, cw in ((0, 0, 1, -near), (1, 0, lim, 0), (-1, 0, lim, 0), (0, 1, lim, 0), (0, -1, lim, 0)):
            dist = V[:, 0] * cx + V[:, 1] * cy + V[:, 2] * cz + cw
            if (dist >= 0).all(): continue
            Q = []
            for i in range(len(V)):
                j = (i + 1) % len(V)
                if dist[i] >= 0: Q.append(V[i])
                if (dist[i] < 0) != (dist[j] < 0): Q.append(V[i] + dist[i] / (dist[i] - dist[j]) * (V[j] - V[i]))
            if len(Q) < 3: return
            V = np.array(Q)
        P = V
        if dc > 0: n, dc = -n, -dc
        xy = np.stack([self.S / 2 + self.f * P[:, 0] / P[:, 2], self.S / 2 - self.f * P[:, 1] / P[:, 2]], 1)
        bx = self.box(xy[:, 0].min(), xy[:, 1].min(), xy[:, 0].max(), xy[:, 1].max())
        if bx is None: return
        mask = np.zeros((bx[0].stop - bx[0].start, bx[1].stop - bx[1].start), np.uint8)
        cv2.fillConvexPoly(mask, np.round((xy - [bx[1].start, bx[0].start]) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
        dx, dy = self.dx[bx], self.dy[bx]
        disp = (n[0] * dx + n[1] * dy + n[2]) / dc
        disp = np.clip(disp, 1e-4, 1 / near)
        iz = 1 / disp
        u = (e1[0] * dx + e1[1] * dy + e1[2]) * iz - e1 @ O
        v = (e2[0] * dx + e2[1] * dy + e2[2]) * iz - e2 @ O
        a = mask * F32(1 / 255)
        zs = iz[mask > 0]
        if zs.size == 0: return
        z0 = float(zs.min()); z1 = float(zs.max())
        graz = 1 / max(abs(dc) / float(np.median(zs)), .08)  # texel stretch at grazing angles
        if z1 > 2.2 * z0:   # large depth range: blend mips
            rgb = None; edges = [z0, z0 * 2.2, z0 * 5, z0 * 12, z0 * 30, 1e9]
            for k in range(5):
                if edges[k] > z1: break
                c = self.albedo(m, u, v, min(edges[k] * 1.3, z1) / self.f * math.sqrt(graz))
                if rgb is None: rgb = c
                else:
                    w = np.clip((iz - edges[k] * .75) / (edges[k] * .5), 0, 1)[..., None]; rgb = rgb * (1 - w) + c * w
        else:
            rgb = self.albedo(m, u, v, float(np.median(zs)) / self.f * math.sqrt(graz))
        nl = 1.0 if amb_only else float(np.clip(n @ self.L, 0, 1))
        s = (self.amb + (1.15 - self.amb) * nl) * self.light
        self.put(bx, a, disp, rgb * s)

    def quad(self, p, a, b, m):
        p, a, b = (np.asarray(t, float) for t in (p, a, b))
        self.poly([p, p + a, p + a + b, p + b], m)

    def cuboid(self, c, hx, hy, hz, yaw, m, m2=None, taper=1.0):
        """Axis box, c = centre of the BASE; only faces turned to the camera are drawn."""
        ca, sa = math.cos(yaw), math.sin(yaw)
        ex, ez = np.array([ca, 0, -sa]), np.array([sa, 0, ca]); ey = np.array([0, 1., 0])
        c = np.asarray(c, float)
        b = [c + ex * hx * i + ez * hz * j for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        t = [c + 2 * hy * ey + (ex * hx * i + ez * hz * j) * taper for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        cam = np.array([0, self.h, 0])
        faces = [(t, ey, m2 or m)] + [([b[i], b[(i + 1) % 4], t[(i + 1) % 4], t[i]], nn, m) for i, nn in ((0, -ez), (1, ex), (2, ez), (3, -ex))]
        faces.append((b, -ey, m))
        for vs, nn, mm in faces:
            if nn @ (cam - np.mean(vs, 0)) > 0: self.poly(vs, mm)

    # --- soft primitives in image space (pixels), z in metres
    def ellipse(self, cx, cy, rx, ry, ang, z, rz, col, m=None, soft=None, hard=True):
        R = max(rx, ry)
        if R < .4 or z < .1: return
        bx = self.box(cx - R - 1, cy - R - 1, cx + R + 1, cy + R + 1)
        if bx is None: return
        ca, sa = math.cos(ang), math.sin(ang)
        x, y = self.px[bx] - cx, self.py[bx] - cy
        p, q = (x * ca + y * sa) / rx, (-x * sa + y * ca) / ry
        d2 = p * p + q * q
        h = np.sqrt(np.maximum(1 - d2, 0))
        edge = soft or max(.9 / min(rx, ry), .02)
        a = np.clip((1 - np.sqrt(d2)) / edge + .5, 0, 1)
        disp = 1 / np.maximum(z - rz * h, .1)
        nx, ny = p * ca - q * sa, -(p * sa + q * ca)
        s = self.shade(nx * self.L[0] + ny * self.L[1] - (-h) * (-self.L[2]))
        rgb = self._surf(col, m, x, y, z, max(rx, ry)) * s
        self.put(bx, a, disp, rgb)

    def _surf(self, col, m, x, y, z, r):
        if m is None: return np.asarray(col, F32)
        return self.albedo(m, x * (z / self.f), y * (z / self.f), z / self.f)

    def capsule(self, p0, p1, w0, w1, z0, z1, col, m=None, round_=1.0):
        R = max(w0, w1) + 1
        bx = self.box(min(p0[0], p1[0]) - R, min(p0[1], p1[1]) - R, max(p0[0], p1[0]) + R, max(p0[1], p1[1]) + R)
        if bx is None or min(z0, z1) < .1: return
        x, y = self.px[bx], self.py[bx]
        vx, vy = p1[0] - p0[0], p1[1] - p0[1]
        l2 = vx * vx + vy * vy + 1e-6
        t = np.clip(((x - p0[0]) * vx + (y - p0[1]) * vy) / l2, 0, 1)
        ex, ey = x - (p0[0] + t * vx), y - (p0[1] + t * vy)
        w = np.maximum(w0 + (w1 - w0) * t, .35)
        d = np.sqrt(ex * ex + ey * ey)
        a = np.clip((w - d) + .5, 0, 1)
        q = np.minimum(d / w, 1); h = np.sqrt(1 - q * q)
        z = z0 + (z1 - z0) * t
        disp = 1 / np.maximum(z - h * w * z / self.f * round_, .1)
        s = self.shade((ex * self.L[0] - ey * self.L[1]) / w - h * self.L[2])
        self.put(bx, a, disp, self._surf(col, m, x - p0[0], y - p0[1], min(z0, z1), R) * s)

    def lathe(self, cx, base, height, prof, z, m, curve=.25, col=None, lean=0.):
        """Vertical solid of revolution; prof = radii in px sampled from base to top."""
        R = float(np.max(prof)); n = len(prof)
        bx = self.box(cx - R - abs(lean) * height - 1, base - height - R * curve - 1, cx + R + abs(lean) * height + 1, base + R * curve + 1)
        if bx is None or z < .1: return
        x, y = self.px[bx] - cx, self.py[bx]
        x = x - lean * (base - y)
        v0 = np.clip((base - y) / height, 0, 1) * (n - 1)
        r0 = np.interp(v0.ravel(), np.arange(n), prof).reshape(v0.shape)
        h0 = np.sqrt(np.maximum(1 - (x / np.maximum(r0, .3)) ** 2, 0))
        yy = (base - y) + curve * r0 * h0     # the front of the rim hangs lower
        v = np.clip(yy / height, 0, 1) * (n - 1)
        r = np.maximum(np.interp(v.ravel(), np.arange(n), prof).reshape(v.shape), .3)
        q = np.abs(x) / r; h = np.sqrt(np.maximum(1 - q * q, 0))
        a = np.clip((r - np.abs(x)) + .5, 0, 1) * np.clip(yy + .5, 0, 1) * np.clip(height - yy + .5, 0, 1)
        disp = 1 / np.maximum(z - h * r * z / self.f, .1)
        s = self.shade(x / r * self.L[0] - h * self.L[2] + .2 * self.L[1])
        rgb = self.albedo(m, np.arcsin(np.clip(x / r, -1, 1)) * R * z / self.f, yy * z / self.f, z / self.f)
        self.put(bx, a, disp, rgb * s)
        # opening / lid
        rt = float(prof[-1])
        if rt > 1.5 and curve > .05:
            topy = base - height
            k = self.rng.random()
            c = rgb.mean((0, 1)) * (self.rng.uniform(.25, .7) if k < .6 else 1.1)
            bb = self.box(cx + lean * height - rt, topy - rt * curve, cx + lean * height + rt, topy + rt * curve)
            if bb is not None:
                X, Y = (self.px[bb] - cx - lean * height) / rt, (self.py[bb] - topy) / max(rt * curve, .5)
                aa = np.clip((1 - np.sqrt(X * X + Y * Y)) * rt * curve + .5, 0, 1)
                self.put(bb, aa, 1 / np.maximum(z - Y * rt * z / self.f, .1), c.astype(F32) * np.ones(3, F32))

    def sprite(self, mask, x0, y0, z, m, relief=0., shade=None, zgrad=0., col=None):
        """Billboard: float mask placed with its top-left at integer (x0, y0)."""
        h, w = mask.shape
        bx = self.box(x0, y0, x0 + w - 1, y0 + h - 1)
        if bx is None or z < .1: return
        oy, ox = bx[0].start - int(y0), bx[1].start - int(x0)
        hh, ww = bx[0].stop - bx[0].start, bx[1].stop - bx[1].start
        a = mask[oy:oy + hh, ox:ox + ww]
        if a.shape != (hh, ww): return
        if relief > 0:
            d = cv2.distanceTransform((mask > .5).astype(np.uint8), cv2.DIST_L2, 3)
            R = max(min(h, w) * .35, 2); q = np.minimum(d / R, 1); hgt = np.sqrt(1 - (1 - q) ** 2)
            hgt = cv2.GaussianBlur(hgt, (0, 0), max(R * .12, .8))
            zz = z - relief * hgt[oy:oy + hh, ox:ox + ww]
            gy, gx = np.gradient(hgt); k = R * .8
            s = self.shade((-gx * k * self.L[0] + gy * k * self.L[1] - .8 * self.L[2])[oy:oy + hh, ox:ox + ww])
        else:
            zz = z; s = self.light * F32(1)
        if shade is not None: s = s * shade[oy:oy + hh, ox:ox + ww, None]
        rgb = self.albedo(m, (self.px[bx] - x0) * z / self.f, (self.py[bx] - y0) * z / self.f, z / self.f) if col is None else np.asarray(col, F32)
        self.put(bx, a, np.broadcast_to(1 / np.maximum(zz, .1), a.shape).astype(F32), rgb * s)

    def decal(self, cx, cy, rx, ry, ang, col, strength=1., soft=.2, zref=None, tol=.3):
        """Colour-only ellipse (shadow, eye, stain); depth is untouched."""
        R = max(rx, ry) * 1.3 + 1
        bx = self.box(cx - R, cy - R, cx + R, cy + R)
        if bx is None or min(rx, ry) < .3: return
        ca, sa = math.cos(ang), math.sin(ang)
        x, y = self.px[bx] - cx, self.py[bx] - cy
        d = np.sqrt(((x * ca + y * sa) / rx) ** 2 + ((-x * sa + y * ca) / ry) ** 2)
        a = np.clip((1 + soft - d) / (2 * soft), 0, 1) * strength
        if zref is not None:
            D = self.disp[bx]; a = a * (np.abs(D * zref - 1) < tol)
        I = self.img[bx]
        if col is None: I *= (1 - a)[..., None]
        else: I += a[..., None] * (np.asarray(col, F32) - I)

    def shadow(self, X, Z, r, strength=None):
        u, v, z = self.project((X, 0 if not hasattr(self, 'gy') else self.gy, Z))
        if z < .2: return
        k = self.f / z
        ry = max(r * k * (self.sp + .5 * self.h / max(z, .3)), r * k * .08)
        st = self.rng.uniform(.25, .75) if strength is None else strength
        self.decal(u + r * k * .4 * float(np.sign(-self.L[0])), v, r * k * 1.2, min(ry, r * k), 0, None, st, soft=.45, zref=z, tol=.5)
