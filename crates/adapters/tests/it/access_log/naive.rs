//! A second reader of access logs, written the slow and plain way: character by character, everything owned.

use chrono::NaiveDateTime;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NaiveEntry {
    pub(crate) user: Vec<u8>,
    pub(crate) seconds: i64,
    pub(crate) request: Vec<u8>,
    pub(crate) status: u32,
    pub(crate) micros: Option<u64>,
}

/// A field, and whether it stood in quotes: `(key=)"inside"`.
struct Field {
    bare: String,
    quoted: Option<Vec<u8>>,
}

pub(crate) fn parse(line: &[u8]) -> Option<NaiveEntry> {
    let line = if line.last() == Some(&b'\r') { &line[..line.len() - 1] } else { line };
    let spaces: Vec<usize> = (0..line.len()).filter(|i| line[*i] == b' ').collect();
    let (first, second) = (*spaces.first()?, *spaces.get(1)?);
    if first == 0 || second == first + 1 {
        return None;
    }
    for open in second + 3..line.len().saturating_sub(27) {
        if line[open] == b'['
            && line[open - 1] == b' '
            && line[open + 27] == b']'
            && let Some(seconds) = std::str::from_utf8(&line[open + 1..open + 27]).ok().and_then(time)
        {
            let user = line[second + 1..open - 1].to_vec();
            return rest(&line[open + 28..], user, seconds);
        }
    }
    None
}

fn time(text: &str) -> Option<i64> {
    let form = "%d/%b/%Y:%H:%M:%S";
    let (local, zone) = text.split_at(20);
    let local_time = NaiveDateTime::parse_from_str(local, form).ok()?;
    let zone: Vec<char> = zone.chars().collect();
    let [' ', sign @ ('+' | '-'), digits @ ..] = &zone[..] else { return None };
    let digits: Vec<i64> =
        digits.iter().map(|digit| digit.to_digit(10).map(i64::from)).collect::<Option<_>>()?;
    let east = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60;
    if local_time.format(form).to_string() != local || digits[0] * 10 + digits[1] > 23 || digits[2] > 5 {
        return None;
    }
    Some(local_time.and_utc().timestamp() - if *sign == '-' { -east } else { east })
}

fn rest(text: &[u8], user: Vec<u8>, seconds: i64) -> Option<NaiveEntry> {
    let mut fields = fields(text)?.into_iter();
    let request = fields.next().filter(|field| field.bare.is_empty())?.quoted?;
    let status = fields.next().filter(|field| field.quoted.is_none())?.bare;
    if status.len() != 3 || status.chars().any(|digit| !digit.is_ascii_digit()) {
        return None;
    }
    let size = fields.next().filter(|field| field.quoted.is_none())?.bare;
    if size != "-" && (size.starts_with('+') || size.parse::<u64>().is_err()) {
        return None;
    }
    let fields: Vec<Field> = fields.collect();
    let named = fields.iter().filter_map(|field| {
        let value = ["rt=", "request_time="].iter().find_map(|key| field.bare.strip_prefix(key))?;
        let quoted = field.quoted.as_ref().map(|inside| String::from_utf8_lossy(inside).into_owned());
        micros(&quoted.unwrap_or_else(|| value.to_owned()))
    });
    let bare = fields.iter().filter_map(|field| {
        let is_decimal = field.quoted.is_none() && field.bare.contains('.');
        if is_decimal { micros(&field.bare) } else { None }
    });
    let micros = named.chain(bare).next();
    Some(NaiveEntry { user, seconds, request, status: status.parse().unwrap(), micros })
}

fn micros(text: &str) -> Option<u64> {
    let (before, after) = text.split_once('.').unwrap_or((text, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    if !all_digits(before) || !all_digits(after) || before.len() > 7 {
        return None;
    }
    format!("{before}{:0<6.6}", after).parse().ok()
}

/// Cuts text that begins with a space at each space outside of quotes.
fn fields(text: &[u8]) -> Option<Vec<Field>> {
    if text.first() != Some(&b' ') {
        return None;
    }
    let mut fields = Vec::new();
    let mut at = 0;
    while at < text.len() {
        at += 1; // the space
        let mut field = Field { bare: String::new(), quoted: None };
        while at < text.len() && text[at] != b' ' && text[at] != b'"' {
            field.bare.push(char::from(text[at]));
            at += 1;
        }
        if at < text.len() && text[at] == b'"' {
            // A quote opens a field, or the value of a key.
            if !field.bare.is_empty() && field.bare.find('=') != Some(field.bare.len() - 1) {
                return None;
            }
            let mut inside = Vec::new();
            at += 1;
            while *text.get(at)? != b'"' {
                let step = if text[at] == b'\\' { 2 } else { 1 };
                inside.extend_from_slice(text.get(at..at + step)?);
                at += step;
            }
            field.quoted = Some(inside);
            at += 1;
            if at < text.len() && text[at] != b' ' {
                return None;
            }
        }
        fields.push(field);
    }
    Some(fields)
}
