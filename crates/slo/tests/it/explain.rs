//! What is explained can be computed again.

use crate::support::{counts, minutes, slo, start};
use proptest::prelude::*;
use toban_core::{Interval, Ratio};
use toban_slo::{AlertPolicy, Correction, Explanation, Treatment, Window, evaluate, explain};

fn number(explanation: &Explanation, name: &str) -> Ratio {
    explanation.input(name).unwrap_or_else(|| panic!("{explanation}: {name}")).parse().unwrap()
}

proptest! {
    #[test]
    fn every_figure_follows_from_its_inputs(
        slots in proptest::collection::vec((1..500_u64, 500..1000_u64).prop_map(Some), 60..90),
        percent in "9[0-8]\\.[0-9]{1,3}",
    ) {
        let counts = counts(&slots);
        let maintenance = Interval::starting(start(), minutes(10)).unwrap();
        let slo = slo(&percent, Window::rolling_days(7))
            .with_correction(Correction::new(maintenance, Treatment::CountGood, "maintenance"));
        let policy = AlertPolicy::new().with_rule(&slo, toban_slo::AlertRule::burn_rate(
            "a", toban_slo::Severity::Page, minutes(60), minutes(5), Ratio::ONE)).unwrap();
        let report = evaluate(&slo, &policy, &counts, counts.end());
        let allowance = Ratio::whole(100).checked_sub(percent.parse().unwrap()).unwrap()
            .checked_div(Ratio::whole(100)).unwrap();
        let mut checked = 0;
        for explanation in explain(&slo, &policy, &report) {
            let Some(kind) = ["good", "allowed", "left", "spent", "burn"].into_iter()
                .find(|kind| explanation.figure.ends_with(kind) || explanation.figure.starts_with(kind)) else { continue };
            if kind == "burn" && !explanation.figure.starts_with("burn") { continue }
            let objective = slo.objective().to_string();
            prop_assert_eq!(explanation.input("objective"), Some(objective.as_str()));
            let (bad, all) = (number(&explanation, "bad events"), number(&explanation, "all events"));
            let allowed = all.checked_mul(allowance).unwrap();
            let share = bad.checked_div(all).unwrap();
            let expected = match kind {
                "good" => Ratio::ONE.checked_sub(share).unwrap().to_string(),
                "allowed" => allowed.to_string(),
                "left" => allowed.checked_sub(bad).map_or_else(
                    || format!("-{}", bad.checked_sub(allowed).unwrap()), |left| left.to_string()),
                "spent" => bad.checked_div(allowed).unwrap().to_string(),
                _ => share.checked_div(allowance).unwrap().to_string(),
            };
            prop_assert_eq!(&explanation.value, &expected, "{}", explanation);
            checked += 1;
        }
        // Four figures with corrections, four without, and two burn rates.
        prop_assert_eq!(checked, 10);
    }
}

#[test]
fn an_explanation_reads_well() {
    let slo = slo("99.9", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = counts(&vec![Some((144, 10_000)); 60]);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &report);
    let burn = all.iter().find(|explanation| explanation.figure == "burn rate over 1h").unwrap();
    assert_eq!(
        burn.to_string(),
        "burn rate over 1h = 14.4
    bad / all / (1 - objective)
    objective                         99.9 %
    bad events                        8640
    all events                        600000
    window                            [2026-03-01T00:00:00Z, 2026-03-01T01:00:00Z)
    steps in the window               60
    steps in which data was expected  60
    steps that hold data              60
"
    );
}
