//! What a person reads, in Japanese and in English.

/// One text in Japanese and in English.
///
/// With the feature `serde` it is written as `{ ja, en }`, or as one plain text where both are the same.
///
/// ```
/// use toban_core::Text;
/// let text = Text::new("切り戻し", "rollback");
/// assert_eq!((text.ja.as_str(), text.en.as_str()), ("切り戻し", "rollback"));
/// assert_eq!(Text::same("checkout"), Text::new("checkout", "checkout"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Text {
    /// A text in both languages.
    #[must_use]
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }

    /// A text that is the same in both: a name, or the only language that its author wrote.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { ja: text.clone(), en: text }
    }

    /// Whether one of the languages has nothing but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.ja.trim().is_empty() || self.en.trim().is_empty()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::same(text)
    }
}

#[cfg(feature = "serde")]
mod serialized {
    use super::Text;
    use serde::de::{Error, MapAccess, Visitor};
    use serde::ser::SerializeStruct;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::fmt;

    impl Serialize for Text {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.ja == self.en {
                return serializer.serialize_str(&self.en);
            }
            let mut both = serializer.serialize_struct("Text", 2)?;
            both.serialize_field("ja", &self.ja)?;
            both.serialize_field("en", &self.en)?;
            both.end()
        }
    }

    impl<'de> Deserialize<'de> for Text {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Either)
        }
    }

    /// One text, or one for each language.
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Text;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text, or a mapping with `ja` and `en`")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
            Ok(Text::same(text))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
            let (mut ja, mut en) = (None, None);
            while let Some(key) = map.next_key::<String>()? {
                let (place, name) = match key.as_str() {
                    "ja" => (&mut ja, "ja"),
                    "en" => (&mut en, "en"),
                    _ => return Err(Error::unknown_field(&key, &["ja", "en"])),
                };
                if place.replace(map.next_value::<String>()?).is_some() {
                    return Err(Error::duplicate_field(name));
                }
            }
            Ok(Text {
                ja: ja.ok_or_else(|| Error::missing_field("ja"))?,
                en: en.ok_or_else(|| Error::missing_field("en"))?,
            })
        }
    }
}
