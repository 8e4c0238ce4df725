//! Alerts that are measured, and of which nobody can tell.

use toban_adapters::host::{Measured, PREFIX, UnknownMeasure};
use toban_adapters::prometheus::Prometheus;
use toban_core::Text;
use toban_routine::{Finding, Level, RoutineDraft, ServicesDraft, Threshold};

/// What programs know them by.
pub(super) const ALERT: &str = "alert";

/// What is wrong with them: a query that nobody answers, a share that is compared with what no share is.
pub(super) fn unmeasured(draft: &RoutineDraft) -> Vec<Finding> {
    let services = draft.services.clone().unwrap_or_default();
    let address = services.prometheus.as_deref().and_then(|address| Prometheus::new(address).err());
    let wrong =
        address.map(|error| found("services.prometheus".into(), Level::Error, Text::same(error.to_string())));
    let alerts = draft.tasks.iter().enumerate().flat_map(|(place, task)| {
        let measured =
            task.alerts.iter().enumerate().filter_map(|(alert, one)| Some((alert, one.measured.as_ref()?)));
        measured
            .map(move |(alert, threshold)| (format!("tasks[{place}].alerts[{alert}].measured"), threshold))
    });
    let of_alert = |(place, threshold): (String, &Threshold)| {
        let (field, level, text) = of(threshold, &services)?;
        Some(found(format!("{place}.{field}"), level, text))
    };
    wrong.into_iter().chain(alerts.filter_map(of_alert)).collect()
}

fn found(place: String, level: Level, text: Text) -> Finding {
    Finding::new(ALERT, place, level, text)
}

fn of(threshold: &Threshold, services: &ServicesDraft) -> Option<(&'static str, Level, Text)> {
    let (query, value) = (&threshold.query, threshold.value.get());
    let named = query.trim().to_lowercase();
    if named.is_empty() || (named.starts_with(PREFIX) && !query.starts_with(PREFIX)) {
        let text = match query.parse::<Measured>() {
            Err(error) => error.to_string(),
            Ok(_) => return None,
        };
        return Some(("query", Level::Error, Text::same(text)));
    }
    if !query.starts_with(PREFIX) {
        let text = || {
            Text::new(
                format!("`{query}`を測定するものがない（services.prometheusで指定する）"),
                format!("nobody measures `{query}`: `services.prometheus` names who does"),
            )
        };
        return services.prometheus.is_none().then(|| ("query", Level::Warning, text()));
    }
    let measured = match query.parse::<Measured>() {
        Ok(measured) => measured,
        Err(error @ UnknownMeasure { .. }) => {
            return Some(("query", Level::Error, Text::same(error.to_string())));
        }
    };
    let most = if measured.is_share() { 1.0 } else { f64::INFINITY };
    if threshold.holds(0.0) == threshold.holds(most) {
        let holds = threshold.holds(0.0);
        let (ja, en) = if holds {
            ("常に成り立つ", "always holds")
        } else {
            ("決して成り立たない", "never holds")
        };
        let (of_ja, of_en, example_ja, example_en) = if measured.is_share() {
            ("0から1の割合", "a share, 0 to 1", "（80 %は0.8）", " (80 % is 0.8)")
        } else {
            ("0以上", "0 or more", "", "")
        };
        let text = Text::new(
            format!("`{query}`は{of_ja}なので、{value}との比較は{ja}{example_ja}"),
            format!("`{query}` is {of_en}: compared with {value} it {en}{example_en}"),
        );
        return Some(("value", Level::Warning, text));
    }
    None
}
