//! A report in one line: for logs, chat, and whoever embeds the crate without a renderer.

use super::{AlertReport, Report};
use crate::duration::Short;
use crate::{AlertState, Burn, Comparison, Condition};
use std::fmt;
use toban_core::Ratio;

impl fmt::Display for Report {
    /// One line, without a line break: `checkout 99.9 %: 99.976 % over 30d, 23.6 % of the budget spent, burn 20.00 over
    /// 1h, firing: page-fast`.
    ///
    /// No number flatters, and none crosses a limit by rounding: a share of good is rounded down, what is spent and a
    /// burn rate up, and down where up would reach the whole budget, a burn of 1, or the factor of a rule. The burn
    /// rate is that of the long window of the first rule that looks at one. For programs there are the fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.slo, self.objective)?;
        let Some(main) = self.main() else { return f.write_str("no data") };
        match main.reading.tally.good_share() {
            Some(good) => {
                f.write_str(&percent(good.as_ratio().rounded_down(self.decimals() + 2), self.decimals()))?
            }
            None => f.write_str(if main.reading.observed > 0 { "no traffic" } else { "no data" })?,
        }
        write!(f, " over {}", main.window)?;
        match main.budget.spent {
            Burn::NoData => {}
            Burn::Unbounded => f.write_str(", no budget")?,
            Burn::Times(part) => write!(f, ", {} of the budget spent", spent(part))?,
        }
        if main.whole.slots != main.whole.expected
            && let Burn::Times(part) = main.whole.spent
        {
            write!(f, " so far, {} of the whole window's", spent(part))?;
        }
        self.fmt_burn(f)?;
        let word = |alert: &AlertReport| match alert.state {
            state if state.is_firing() => "firing",
            AlertState::Frozen(_) => "frozen",
            _ => "quiet",
        };
        for state in ["firing", "frozen"] {
            let mut names =
                self.alerts.iter().filter(|alert| word(alert) == state).map(|alert| &alert.rule.name);
            if let Some(first) = names.next() {
                write!(f, ", {state}: {first}")?;
                names.try_for_each(|name| write!(f, " {name}"))?;
            }
        }
        Ok(())
    }
}

impl Report {
    fn fmt_burn(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long = self.alerts.iter().find_map(|alert| match &alert.rule.condition {
            Condition::BurnRate { long, .. } => Some(*long),
            _ => None,
        });
        let found = long.and_then(|long| self.burn_rates.iter().find(|found| found.window == long));
        let Some(found) = found else { return Ok(()) };
        let Burn::Times(times) = found.burn else { return Ok(()) };
        let rules = self.alerts.iter().filter_map(|alert| match &alert.rule.condition {
            Condition::BurnRate { comparison, factor, long, short }
                if *long == found.window || *short == Some(found.window) =>
            {
                Some((*comparison, *factor))
            }
            _ => None,
        });
        let limits: Vec<_> = rules.chain([EVEN]).collect();
        let is_tiny = !times.is_zero() && times.rounded_down(2).is_zero();
        let shown = if is_tiny {
            "<0.01".to_owned()
        } else {
            format!("{:.2}", Comparison::round_up(times, 2, &limits))
        };
        write!(f, ", burn {shown} over {}", Short(found.window))
    }

    /// How many decimals of a per cent tell a share of good from its target.
    fn decimals(&self) -> usize {
        let target = self.objective.to_string();
        target.trim_end_matches(" %").split_once('.').map_or(0, |(_, part)| part.len()) + 2
    }
}

/// A budget that burns at 1 lasts just as long as its window.
const EVEN: (Comparison, Ratio) = (Comparison::AtLeast, Ratio::ONE);

/// A part of a budget, to a tenth of a per cent.
fn spent(part: Ratio) -> String {
    if part.rounded_down(3).is_zero() && !part.is_zero() {
        return "<0.1 %".to_owned();
    }
    let shown = Comparison::round_up(part, 3, &[EVEN]);
    let sign = if shown < part { ">" } else { "" };
    format!("{sign}{}", percent(shown, 1))
}

fn percent(ratio: Ratio, decimals: usize) -> String {
    let percent = ratio.checked_mul(Ratio::whole(100)).unwrap_or(ratio);
    if percent.is_zero() || ratio == Ratio::ONE {
        format!("{percent} %")
    } else {
        format!("{percent:.decimals$} %")
    }
}
