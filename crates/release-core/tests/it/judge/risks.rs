//! How often it is wrong, by drawing many pairs; the numbers are the same in each run.

use super::{compare, independent, level, number, rules};
use toban_release_core::judge::{
    AcaLabel, AcaRules, Allowed, CompareRules, Compared, Direction, Looks, Spread, Tail,
};

/// Draws from a generator of its own: xorshift64 (Marsaglia, 2003).
struct Draw(u64);

impl Draw {
    fn new() -> Self {
        Self(0x1234_5678_9abc_def1)
    }

    /// Between 0 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// An autoregression of the first order with variance 1; 0: independent points.
    fn series(&mut self, phi: f64, points: usize) -> Vec<f64> {
        let mut last = self.normal();
        let mut next = || {
            let now = last;
            last = phi * last + (1.0 - phi * phi).sqrt() * self.normal();
            now
        };
        (0..points).map(|_| next()).collect()
    }

    /// Positive, around `level`, spread by about `part` of it.
    fn metric(&mut self, phi: f64, points: usize, level: f64, part: f64) -> Vec<f64> {
        self.series(phi, points).iter().map(|one| level * (part * one).exp()).collect()
    }
}

/// The part of so many draws where that holds.
fn part(draws: u32, mut holds: impl FnMut() -> bool) -> f64 {
    f64::from((0..draws).map(|_| u32::from(holds())).sum::<u32>()) / f64::from(draws)
}

/// At most the risk, and what chance adds to it in so many draws: three deviations.
fn assert_at_most(seen: f64, risk: f64, draws: u32, of: &str) {
    let most = risk + 3.0 * (risk * (1.0 - risk) / f64::from(draws)).sqrt();
    assert!(seen <= most, "{of}: {seen} fail, {risk} may");
}

/// Almost nothing is allowed, so that the risk is that of equal versions.
fn barely(risk: f64) -> CompareRules {
    let allowed = Allowed { relative: level(1e-9), absolute: None };
    CompareRules { allowed, direction: Direction::Either, false_fail: level(risk), ..rules() }
}

const DRAWS: u32 = 300;

#[test]
fn equal_versions_fail_no_more_often_than_stated_however_their_points_go_together() {
    let mut draw = Draw::new();
    for risk in [0.05, 0.01] {
        let judge = compare(CompareRules { tail: Tail::Watched, ..barely(risk) });
        for phi in [0.0, 0.5, 0.9, 0.97] {
            for points in [2, 3, 5, 8, 10, 20, 30, 60, 200] {
                let seen = part(DRAWS, || {
                    let (x, y) = (draw.metric(phi, points, 1.0, 0.3), draw.metric(phi, points, 1.0, 0.3));
                    judge.judge(&y, &x, 1).compared == Compared::Fail
                });
                assert_at_most(seen, risk, DRAWS, &format!("φ {phi}, {points} points"));
            }
        }
    }
}

#[test]
fn the_other_judge_fails_every_third_equal_version_whose_points_go_together() {
    let mut draw = Draw::new();
    let mut fails = |phi: f64, points: usize| {
        part(DRAWS, || {
            let (x, y) = (draw.metric(phi, points, 1.0, 0.3), draw.metric(phi, points, 1.0, 0.3));
            AcaRules::netflix().judge(&y, &x).label != AcaLabel::Pass
        })
    };
    for points in [10, 30, 60] {
        let (free, bound) = (fails(0.0, points), fails(0.9, points));
        assert!(free <= 0.025 && bound >= 0.33, "{points}: {free} {bound}");
    }
    let (two, three) = (fails(0.0, 2), fails(0.0, 3));
    assert!(two > 0.15 && three > 0.02, "{two} {three}");
}

#[test]
fn equal_versions_with_skew_ties_or_rare_errors_fail_no_more_often_than_stated() {
    let mut draw = Draw::new();
    let spread = Some(Spread { direction: Direction::Either, allowed: level(0.0) });
    type Shape = fn(f64) -> f64;
    let shapes: [(&str, Shape); 3] = [
        ("skewed", |one| (1.5 * one).exp()),
        ("tied", |one| (one * 1.5).round() + 9.0),
        ("rare", |one| f64::from(one > 1.3)),
    ];
    for (name, shape) in shapes {
        for rules in [barely(0.05), CompareRules { spread, tail: Tail::Watched, ..barely(0.05) }] {
            let judge = compare(rules);
            for points in [10, 30, 120] {
                let seen = part(DRAWS, || {
                    let (x, y) = (draw.series(0.0, points), draw.series(0.0, points));
                    let shaped = |sample: Vec<f64>| sample.into_iter().map(shape).collect::<Vec<_>>();
                    judge.judge(&shaped(y), &shaped(x), 1).compared == Compared::Fail
                });
                assert_at_most(seen, 0.05, DRAWS, &format!("{name}, {points} points"));
            }
        }
    }
}

#[test]
fn many_looks_at_a_growing_record_fail_an_equal_version_no_more_often_than_stated() {
    let mut draw = Draw::new();
    let once = compare(barely(0.05));
    let ten = compare(CompareRules { looks: Looks::AtMost(number(10)), ..barely(0.05) });
    let endless = compare(CompareRules { looks: Looks::Endless, ..barely(0.05) });
    for phi in [0.0, 0.9] {
        let (mut naive, mut stated, mut open) = (0, 0, 0);
        for _ in 0..DRAWS {
            let (x, y) = (draw.metric(phi, 100, 1.0, 0.3), draw.metric(phi, 100, 1.0, 0.3));
            let fails = |judge: &toban_release_core::judge::Compare, is_counted: bool| {
                (1..=10_u32).any(|look| {
                    let points = 10 * look as usize;
                    let look = if is_counted { look } else { 1 };
                    judge.judge(&y[..points], &x[..points], look).compared == Compared::Fail
                })
            };
            naive += u32::from(fails(&once, false));
            stated += u32::from(fails(&ten, true));
            open += u32::from(fails(&endless, true));
        }
        let of = |count: u32| f64::from(count) / f64::from(DRAWS);
        assert_at_most(of(stated), 0.05, DRAWS, "ten looks");
        assert_at_most(of(open), 0.05, DRAWS, "endless looks");
        assert!(naive > stated, "{phi}: {naive} {stated}");
    }
}

#[test]
fn sixty_percent_more_are_caught_at_any_scale_with_thirty_points() {
    for scale in [1.0, 1e-4, 1e-5] {
        // The same draws at each scale.
        let mut draw = Draw::new();
        let (guarded, free) = (compare(rules()), compare(independent()));
        let (mut seen, mut known, mut other) = (0, 0, 0);
        for _ in 0..DRAWS {
            let (x, y) = (draw.metric(0.0, 30, 1.6 * scale, 0.2), draw.metric(0.0, 30, scale, 0.2));
            seen += u32::from(guarded.judge(&y, &x, 1).compared == Compared::Fail);
            known += u32::from(free.judge(&y, &x, 1).compared == Compared::Fail);
            other += u32::from(AcaRules::netflix().judge(&y, &x).label == AcaLabel::High);
        }
        assert!(seen * 100 >= DRAWS * 95, "{scale}: {seen} of {DRAWS}");
        assert!(known * 100 >= DRAWS * 99, "{scale}: {known} of {DRAWS}");
        if scale < 5e-5 {
            assert_eq!(other, 0, "{scale}");
        }
    }
}

#[test]
fn worse_versions_pass_no_more_often_than_stated_and_equal_ones_do_with_enough_points() {
    let mut draw = Draw::new();
    let judge = compare(rules());
    for phi in [0.0, 0.9] {
        for points in [5, 10, 30, 120] {
            // Just as bad as allowed.
            let seen = part(DRAWS, || {
                let (x, y) = (draw.metric(phi, points, 1.1, 0.1), draw.metric(phi, points, 1.0, 0.1));
                judge.judge(&y, &x, 1).compared == Compared::Pass
            });
            assert_at_most(seen, 0.05, DRAWS, &format!("φ {phi}, {points} points"));
        }
    }
    let equal = part(DRAWS, || {
        let (x, y) = (draw.metric(0.0, 60, 1.0, 0.1), draw.metric(0.0, 60, 1.0, 0.1));
        judge.judge(&y, &x, 1).compared == Compared::Pass
    });
    assert!(equal > 0.95, "{equal}");
}
