//! What the documents say is so.

use crate::support::toban;
use toban_slo::{AlertPolicy, Condition, Objective, Slo, Window};

const DEFINITION: &str = include_str!("../../../../docs/definition.md");
const COMMAND: &str = include_str!("../../../../docs/command.md");

/// The cells of the row that begins with that.
fn row(first: &str) -> Vec<&'static str> {
    let row = DEFINITION.lines().find(|line| line.starts_with(&format!("| {first} |"))).unwrap();
    row.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn the_factors_of_the_workbook_are_those_in_the_table() {
    for (column, days) in [(4, 30), (5, 28), (6, 7)] {
        let slo = Slo::availability("x", Objective::percent("99.9").unwrap(), Window::rolling_days(days));
        for rule in AlertPolicy::sre_workbook(&slo).unwrap().rules() {
            let Condition::BurnRate { factor, .. } = &rule.condition else { panic!("{rule:?}") };
            assert_eq!(row(&format!("`{}`", rule.name))[column], factor.to_string(), "{days} days");
        }
    }
}

#[test]
fn every_help_says_the_exit_codes_and_where_the_words_are() {
    for arguments in [
        vec!["--help"],
        vec!["slo", "--help"],
        vec!["slo", "report", "--help"],
        vec!["slo", "backtest", "--help"],
        vec!["slo", "explain", "--help"],
        vec!["slo", "lint", "--help"],
    ] {
        let told = toban(arguments.iter().copied()).stdout;
        assert!(told.contains("Exit codes: 0 done; 1") && told.contains("Glossary"), "{arguments:?}: {told}");
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    }
}

#[test]
fn every_command_stands_in_the_document_of_the_command() {
    let help = toban(["slo", "--help"]).stdout;
    let commands = help.split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
    let commands: Vec<_> =
        commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(' ')).collect();
    let commands: Vec<_> =
        commands.into_iter().map(|(name, _)| name).filter(|name| !name.is_empty()).collect();
    assert_eq!(commands.len(), 5, "{help}");
    for command in commands {
        assert!(command == "help" || COMMAND.contains(&format!("`{command}`")), "{command}");
    }
}
