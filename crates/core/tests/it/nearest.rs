//! Which name was meant.

use proptest::prelude::*;
use toban_core::nearest;

const NAMES: [&str; 6] = ["op", "kind", "target", "targetPercent", "timeWindow", "indicator"];

#[test]
fn a_name_with_a_slip_is_near_the_one_that_was_meant() {
    for (name, meant) in [
        ("targt", "target"),
        ("traget", "target"),
        ("targett", "target"),
        ("tarket", "target"),
        ("Target", "target"),
        ("target_percent", "targetPercent"),
        ("knd", "kind"),
        ("timewindows", "timeWindow"),
        ("indciatro", "indicator"),
    ] {
        assert_eq!(nearest(name, NAMES), Some(meant), "{name}");
    }
}

#[test]
fn a_name_that_shares_less_than_two_thirds_with_each_is_near_none() {
    for name in ["", "o", "xp", "mind it", "tarXXX", "duration", "名前", &"target".repeat(20)] {
        assert_eq!(nearest(name, NAMES), None, "{name}");
    }
    assert_eq!(nearest("kind", [""; 0]), None);
}

#[test]
fn of_several_the_one_with_the_fewest_slips_is_meant_and_of_equals_the_first() {
    assert_eq!(nearest("fast-brun", ["fast-bun", "fast-burn", "vast-burn"]), Some("fast-bun"));
    assert_eq!(nearest("fast-burnn", ["fast-bun", "fast-burn", "vast-burn"]), Some("fast-burn"));
}

proptest! {
    #[test]
    fn a_letter_more_or_less_or_two_swapped_is_one_slip(name in "[a-z]{6}", place in 0..5_usize, other in "[a-z]") {
        let letters: Vec<char> = name.chars().collect();
        let (mut fewer, mut more, mut swapped) = (letters.clone(), letters.clone(), letters);
        fewer.remove(place);
        more.insert(place, other.chars().next().unwrap());
        swapped.swap(place, place + 1);
        for slip in [fewer, more, swapped] {
            let slip: String = slip.into_iter().collect();
            prop_assert_eq!(nearest(&slip, ["", "xxxxxxxxxx", name.as_str()]), Some(name.as_str()));
        }
    }
}
