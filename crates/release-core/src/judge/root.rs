//! Where a function crosses zero: the method of R. P. Brent (Algorithms for Minimization without Derivatives, 1973,
//! chapter 4).

/// How often it may be asked.
const MOST_PASSES: u32 = 1001;

/// The zero between `a` and `b`, to an absolute tolerance; `None` where it is not found in 1,001 passes.
///
/// The order of the operations is that of the well-known implementations: where the function jumps over zero, as a sum
/// of ranks does, the answer depends on it.
pub(super) fn zero(a: f64, b: f64, tolerance: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut last, mut best) = (a, b);
    let (mut f_last, mut f_best) = (f(last), f(best));
    if f_last == 0.0 {
        return Some(last);
    }
    if f_best == 0.0 {
        return Some(best);
    }
    // On the other side of zero than `best`.
    let (mut other, mut f_other) = (last, f_last);
    for _ in 0..MOST_PASSES {
        let before = best - last;
        if f_other.abs() < f_best.abs() {
            (last, best, other) = (best, other, best);
            (f_last, f_best, f_other) = (f_best, f_other, f_best);
        }
        let near = 2.0 * f64::EPSILON * best.abs() + tolerance / 2.0;
        let mut step = (other - best) / 2.0;
        if step.abs() <= near || f_best == 0.0 {
            return Some(best);
        }
        if before.abs() >= near && f_last.abs() > f_best.abs() {
            let width = other - best;
            let (mut p, mut q) = if last.total_cmp(&other).is_eq() {
                let slope = f_best / f_last;
                (width * slope, 1.0 - slope)
            } else {
                let (q, one, two) = (f_last / f_other, f_best / f_other, f_best / f_last);
                (
                    two * (width * q * (q - one) - (best - last) * (one - 1.0)),
                    (q - 1.0) * (one - 1.0) * (two - 1.0),
                )
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if p < 0.75 * width * q - (near * q).abs() / 2.0 && p < (before * q / 2.0).abs() {
                step = p / q;
            }
        }
        if step.abs() < near {
            step = if step > 0.0 { near } else { -near };
        }
        (last, f_last) = (best, f_best);
        best += step;
        f_best = f(best);
        if (f_best > 0.0 && f_other > 0.0) || (f_best < 0.0 && f_other < 0.0) {
            (other, f_other) = (last, f_last);
        }
    }
    None
}
