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
    if measured.is_share() && threshold.holds(0.0) == threshold.holds(1.0) {
        let holds = threshold.holds(0.0);
        let (ja, en) = if holds {
            ("常に成り立つ", "always holds")
        } else {
            ("決して成り立たない", "never holds")
        };
        let text = Text::new(
            format!("`{query}`は0から1の割合なので、{value}との比較は{ja}（80 %は0.8）"),
            format!("`{query}` is a share, 0 to 1: compared with {value} it {en} (80 % is 0.8)"),
        );
        return Some(("value", Level::Warning, text));
    }
    None
}
