import { createHash } from 'node:crypto';

import { z } from 'zod';

const marksSchema = z.record(z.string(), z.string());

/**
 * Shows digests of what a clone must have renewed, as JSON: random numbers of several sources, a
 * UUID, a name for a temporary file, and the secret that signs the server's cookies.
 */
export const MARKS_CELL = `
import hashlib as _h, json as _j, os as _o, random as _r, tempfile as _t, uuid as _u
from pathlib import Path as _P
import numpy as _n
from jupyter_core.paths import jupyter_runtime_dir as _d
_j.dumps({k: _h.sha256(str(v).encode()).hexdigest()[:16] for k, v in {
    "random": _r.random(),
    "numpy": _n.random.random(),
    "urandom": _o.urandom(16),
    "uuid4": _u.uuid4(),
    "temporary name": next(_t._get_candidate_names()),
    **{"cookie secret": p.read_bytes() for p in _P(_d()).glob("jupyter_cookie_secret")},
}.items()})
`;

/** Reads what the cell shows: Python's `repr` of a text in JSON. */
export function parseMarks(text: string | null): Readonly<Record<string, string>> {
  return marksSchema.parse(JSON.parse((text ?? '').slice(1, -1)));
}

/** The digest is as short as the cell's: enough to tell apart, of no use to an attacker. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}
