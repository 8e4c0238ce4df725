//! Exact numbers from any text: what is printed is read again, and the four operations agree with each other.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cmp::Ordering;
use toban_core::{Ratio, Share};

fuzz_target!(|text: &str| {
    let ratios: Vec<Ratio> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    for ratio in &ratios {
        assert_eq!(ratio.to_string().parse(), Ok(*ratio));
        rounds(*ratio);
        if let Ok(share) = Share::new(*ratio) {
            assert_eq!(share.rest().rest(), share);
            assert_eq!(share.to_string().parse().and_then(Share::new), Ok(share));
        }
        let float = ratio.to_f64();
        if let Ok(shown) = Ratio::from_shown_f64(float) {
            assert_eq!(shown.to_string(), float.to_string());
        }
    }
    for pair in ratios.windows(2) {
        if let [a, b] = pair {
            agree(*a, *b);
        }
    }
    if let Ok(share) = Share::percent(text) {
        assert_eq!(share.as_ratio().checked_mul(Ratio::whole(100)), text.parse().ok());
    }
});

/// Rounded to a few digits, it is at most half a digit away.
fn rounds(ratio: Ratio) {
    for digits in [0, 3, 17] {
        let Ok(shown) = format!("{ratio:.digits$}").parse::<Ratio>() else { continue };
        let unit = Ratio::new(1, 2 * 10_u128.pow(digits as u32)).unwrap();
        let off = ratio.max(shown).checked_sub(ratio.min(shown));
        assert!(off.is_none_or(|off| off <= unit), "{ratio} shown as {shown}");
    }
}

fn agree(a: Ratio, b: Ratio) {
    assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
    assert_eq!(a.checked_add(b), b.checked_add(a));
    assert_eq!(a.checked_mul(b), b.checked_mul(a));
    if let Some(sum) = a.checked_add(b) {
        assert!(sum >= a && sum >= b);
        assert!(sum.checked_sub(b).is_none_or(|left| left == a));
    }
    if let Some(rest) = a.checked_sub(b) {
        assert!(a >= b);
        assert!(rest.checked_add(b).is_none_or(|whole| whole == a));
    }
    if let Some(quotient) = a.checked_div(b) {
        assert!(quotient.checked_mul(b).is_none_or(|product| product == a));
    }
}
