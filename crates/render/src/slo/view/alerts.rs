//! Burn rates, and what the alerts make of them.

use super::figures::{amount, amount_of_bad, chance};
use super::{Block, Teller};
use crate::table::{Cell, Grid, Side, Tone};
use crate::text::{Limit, clean, exact, grouped, moment, span};
use chrono::TimeDelta;
use toban_slo::{AlertReport, AlertState, Burn, BurnReport, Comparison, Condition, Episode};

/// How many firings are listed, beside those that still go on.
const FIRINGS_SHOWN: usize = 20;

impl Teller<'_> {
    pub(super) fn burn_rates(&self) -> Grid {
        let words = self.words;
        let mut grid = Grid::new([
            (words.window, Side::Right),
            (words.burn_rate, Side::Right),
            (words.bad, Side::Right),
            (words.total, Side::Right),
            (words.alerts_above, Side::Left),
            (words.covers, Side::Left),
        ]);
        for BurnReport { window, reading, burn, .. } in &self.section.report.burn_rates {
            let rules: Vec<_> = self.rules_over(*window).collect();
            let limits: Vec<_> = rules.iter().map(|(limit, _)| *limit).collect();
            let is_crossed = limits.iter().any(|(comparison, factor)| burn.exceeds(*comparison, *factor));
            let tone = match burn {
                Burn::NoData => Tone::Warning,
                _ if is_crossed => Tone::Bad,
                _ => Tone::Plain,
            };
            let calls = rules.iter().map(|((comparison, factor), name)| match comparison {
                Comparison::AtLeast => format!("{} {name}", exact(*factor)),
                _ => format!("{comparison} {} {name}", exact(*factor)),
            });
            let crossed = if is_crossed { "! " } else { "" };
            grid.row([
                span(*window).into(),
                Cell::new(format!("{crossed}{}", self.language.burn(*burn, &limits)), tone),
                amount_of_bad(reading.tally.bad().into(), reading.unit).into(),
                amount(reading.tally.total().into(), reading.unit).into(),
                calls.collect::<Vec<_>>().join(", ").into(),
                self.covers(reading),
            ]);
        }
        grid
    }

    /// The factors that rules compare the burn rate of a window with.
    fn rules_over(&self, window: TimeDelta) -> impl Iterator<Item = (Limit, String)> {
        self.section.report.alerts.iter().filter_map(move |alert| match &alert.rule.condition {
            Condition::BurnRate { comparison, factor, long, short }
                if *long == window || *short == Some(window) =>
            {
                Some(((*comparison, *factor), clean(&alert.rule.name)))
            }
            _ => None,
        })
    }

    pub(super) fn alerts(&self) -> Grid {
        let Self { words, language, section, .. } = self;
        let mut grid = Grid::new([
            (words.alert, Side::Left),
            (words.calls, Side::Left),
            (words.state, Side::Left),
            (words.condition, Side::Left),
        ]);
        for AlertReport { rule, state, .. } in &section.report.alerts {
            let tone = match state {
                AlertState::Inactive => Tone::Good,
                AlertState::Pending | AlertState::Frozen(_) => Tone::Warning,
                AlertState::Firing => Tone::Bad,
            };
            let condition =
                language.condition(&rule.condition) + &language.patience(rule.lasting, rule.cool_down);
            grid.row([
                clean(&rule.name).into(),
                language.severity(rule.severity).into(),
                Cell::new(language.alert_state(*state), tone),
                condition.into(),
            ]);
        }
        grid
    }

    /// The last firings of all rules and all that still fire, in the order in which they fired.
    pub(super) fn firings(&self) -> Block {
        let Self { words, language, section, .. } = self;
        let mut grid = Grid::new([
            (words.alert, Side::Left),
            (words.fired, Side::Left),
            (words.resolved, Side::Left),
            (words.lasted, Side::Right),
        ]);
        let mut firings: Vec<_> = (section.report.alerts.iter())
            .flat_map(|alert| alert.episodes.iter().map(move |episode| (episode.fired_at, alert, episode)))
            .collect();
        firings.sort_by_key(|(fired_at, ..)| *fired_at);
        let all = firings.len();
        let earlier = all.saturating_sub(FIRINGS_SHOWN);
        let is_still_firing = |episode: &Episode| episode.resolved_at.is_none();
        let mut place = 0;
        firings.retain(|(.., episode)| {
            place += 1;
            place > earlier || is_still_firing(episode)
        });
        for (fired_at, alert, episode) in &firings {
            let resolved = match episode.resolved_at {
                Some(at) => moment(at).into(),
                None => Cell::new(words.still_firing, Tone::Bad),
            };
            let until = episode.resolved_at.unwrap_or(section.report.at);
            grid.row([
                clean(&alert.rule.name).into(),
                moment(*fired_at).into(),
                resolved,
                span(until - *fired_at).into(),
            ]);
        }
        let note = match all - firings.len() {
            left_out if left_out > 0 => Some(language.earlier_firings(left_out, all).into()),
            _ if firings.is_empty() && !section.report.alerts.is_empty() => Some(words.never_fired.into()),
            _ => None,
        };
        Block::new(words.firings, grid).with_notes(note)
    }

    /// What the demand for proof costs each rule.
    pub(super) fn power(&self) -> Grid {
        let words = self.words;
        let mut grid = Grid::new([
            (words.alert, Side::Left),
            (words.events, Side::Right),
            (words.bad_to_fire, Side::Right),
            (words.ungated, Side::Right),
            (words.caught, Side::Right),
            (words.ungated, Side::Right),
        ]);
        for alert in &self.section.report.alerts {
            if let Some(power) = &alert.power {
                let needed =
                    power.failures_needed.map_or_else(|| words.never.into(), |needed| grouped(needed.into()));
                grid.row([
                    clean(&alert.rule.name).into(),
                    grouped(power.events.into()).into(),
                    needed.into(),
                    grouped(power.failures_ungated.into()).into(),
                    chance(power.chance_at_twice).into(),
                    chance(power.chance_ungated).into(),
                ]);
            }
        }
        grid
    }
}
