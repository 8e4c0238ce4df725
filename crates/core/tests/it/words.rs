//! What is written in files is read as what was meant.

use chrono::{TimeZone, Utc};
use toban_core::{Actor, Answer, Fingerprint, Party, PersonId, RoleId, Text};

#[test]
fn a_text_is_one_text_or_one_for_each_language() {
    let read = |json: &str| serde_json::from_str::<Text>(json);
    assert_eq!(read("\"決済\"").unwrap(), Text::same("決済"));
    let both = Text::new("切り戻し", "rollback");
    let json = serde_json::to_string(&both).unwrap();
    assert_eq!(json, r#"{"ja":"切り戻し","en":"rollback"}"#);
    assert_eq!(read(&json).unwrap(), both);
    assert_eq!(serde_json::to_string(&Text::same("x")).unwrap(), "\"x\"");
    assert!(read(r#"{"ja":"切り戻し"}"#).unwrap_err().to_string().contains("missing field `en`"));
    assert!(read(r#"{"ja":"a","en":"b","fr":"c"}"#).unwrap_err().to_string().contains("unknown field `fr`"));
    assert!(
        read(r#"{"ja":"a","ja":"b","en":"c"}"#).unwrap_err().to_string().contains("duplicate field `ja`")
    );
    assert!(read("7").unwrap_err().to_string().contains("a text, or a mapping with `ja` and `en`"));
    assert!(Text::new("決済", " ").is_blank() && !both.is_blank());
}

#[test]
fn a_name_that_nothing_can_be_called_by_is_refused() {
    for name in ["", " ", " alice", "al\nice"] {
        assert!(PersonId::new(name).is_err() && RoleId::new(name).is_err(), "{name:?}");
    }
    assert_eq!(PersonId::new("山田 太郎").unwrap().as_str(), "山田 太郎");
    let party: Party = serde_json::from_str(r#"{"role":"operations-lead"}"#).unwrap();
    assert_eq!(party, Party::Role(RoleId::new("operations-lead").unwrap()));
    assert!(
        serde_json::from_str::<Party>(r#"{"person":""}"#).unwrap_err().to_string().contains("is no name")
    );
}

#[test]
fn a_fingerprint_has_one_spelling() {
    let print = Fingerprint::from_bytes(std::array::from_fn(|place| u8::try_from(place * 8).unwrap()));
    let text = print.to_string();
    assert_eq!(text.parse::<Fingerprint>().unwrap(), print);
    assert!(text.starts_with("sha256:000810"));
    for wrong in
        ["", "sha256:", &text.to_uppercase(), &text[..70], &format!("{text}0"), &text.replace("256", "512")]
    {
        assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
    }
}

#[test]
fn an_answer_is_stale_once_what_it_is_about_has_changed() {
    let one = Fingerprint::from_bytes([1; 32]);
    let answer = Answer {
        question: "approval".into(),
        says: "yes".into(),
        by: Actor::Person(PersonId::new("alice").unwrap()),
        at: Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap(),
        source: "REL-7".into(),
        about: one,
    };
    assert!(!answer.is_stale(one));
    assert!(answer.is_stale(Fingerprint::from_bytes([2; 32])));
    let json = serde_json::to_string(&answer).unwrap();
    assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer);
}

#[test]
fn zeros_at_the_end_of_a_number_say_nothing() {
    let read = |text: &str| text.parse::<toban_core::Ratio>();
    // What the fuzzer found: one reader took it, the other did not.
    assert_eq!(read("20900.00000000000000000000"), read("20900"));
    assert_eq!(read(".50000000000000000000"), read("1/2"));
    assert!(read("0.0000000000000000001").is_err(), "nineteen decimals");
    assert!(read(".").is_err() && read("1.x0").is_err());
}
