//! How a release goes, while it goes: a line for everything that happens, and one that lives.

use super::status::answers;
use chrono::{DateTime, Utc};
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use toban_adapters::drive::Observe;
use toban_durable::{Journal, Machine, Now, Run, RunError, Seq, history};
use toban_release_core::analysis::{CheckPhase, Measured, Moment};
use toban_release_core::rollout::{Event, Phase, Rollout, State};
use toban_render::release::{phase_words, record_words};
use toban_render::{Language, wrapped};

/// Shows one release.
#[derive(Debug)]
pub(super) struct Screen {
    journal: Arc<dyn Journal>,
    name: String,
    language: Language,
    bar: ProgressBar,
    seen: Mutex<Seen>,
    /// Up to which record everything was told.
    told: tokio::sync::Mutex<Seq>,
    /// What people were last told that they may type.
    asked: Mutex<Vec<String>>,
}

/// What the loop last showed.
#[derive(Debug)]
struct Seen {
    state: State,
    seq: Seq,
    now: Now,
    at: tokio::time::Instant,
}

/// How often the line that lives is drawn.
const TICK: Duration = Duration::from_millis(200);

impl Screen {
    /// Tells what happens after that record.
    pub(super) fn new(journal: Arc<dyn Journal>, run: &Run<Rollout>, since: Seq, language: Language) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10))
            .with_style(ProgressStyle::default_spinner());
        let seen = Seen {
            state: run.state().clone(),
            seq: run.seq(),
            now: run.now(),
            at: tokio::time::Instant::now(),
        };
        Self {
            journal,
            name: run.stream().name.clone(),
            language,
            bar,
            seen: Mutex::new(seen),
            told: tokio::sync::Mutex::new(since),
            asked: Mutex::default(),
        }
    }

    /// A moment later: tells what happened meanwhile, and draws the line that lives.
    pub(super) async fn tick(&self) {
        tokio::time::sleep(TICK).await;
        self.tell().await;
        self.ask();
        self.draw();
    }

    /// Says what a person may type who is waited for, each time that it is something else.
    fn ask(&self) {
        let (state, now) = self.now();
        let answers = answers(&state, now);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if *asked == answers {
            return;
        }
        if !answers.is_empty() {
            let words = phase_words(&state, now, self.language);
            let commands = answers.iter().map(|answer| format!("\n  toban release {answer}"));
            self.say(&format!("{}: {words}{}", self.name, commands.collect::<String>()));
        }
        *asked = answers;
    }

    /// What the loop last showed, and the time.
    fn now(&self) -> (State, Now) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = chrono::TimeDelta::from_std(seen.at.elapsed()).unwrap_or_default();
        (seen.state.clone(), Now { wall: seen.now.wall + gone, steady: seen.now.steady.after(gone) })
    }

    /// Tells the rest.
    pub(super) async fn end(&self) {
        self.tell().await;
        self.bar.finish_and_clear();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        print(&format!("{}: {}", self.name, phase_words(&seen.state, seen.now, self.language)));
    }

    /// Whether it is over but for what people are still told.
    pub(super) fn is_over(&self) -> bool {
        Rollout::is_over(&self.seen.lock().unwrap_or_else(PoisonError::into_inner).state)
    }

    /// Something for whoever sits before it, and not for what reads the output.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| complain(text));
    }

    async fn tell(&self) {
        let seq = self.seen.lock().unwrap_or_else(PoisonError::into_inner).seq;
        let mut told = self.told.lock().await;
        if seq <= *told {
            return;
        }
        // What cannot be read now is read at the next moment; the loop says what is wrong with the journal.
        let Ok((history, _)) = history::<Rollout>(&*self.journal, &self.name).await else { return };
        for (entry, event, words) in record_words(&history.entries, self.language) {
            if entry.seq > *told && is_news(event) {
                self.bar.suspend(|| print_at(entry.at.wall, &words));
            }
        }
        *told = history.entries.last().map_or(*told, |entry| entry.seq);
    }

    fn draw(&self) {
        let (state, now) = self.now();
        let mut line = phase_words(&state, now, self.language);
        for (place, _) in state.watched() {
            if let Phase::Soaking { .. } = state.phase
                && let Some(check) = state.course.as_ref().and_then(|course| course.checks.get(place))
                && let Some(stands) = state.assess(place, Moment::During)
            {
                line.push_str(&format!(" · {} {}", check.name(), stand(stands.phase, self.language)));
            }
        }
        let (length, position, template, lead) = match soak(&state, now) {
            Some((soak, left)) => (soak, soak.saturating_sub(left), "{bar:20} {msg}", 21),
            None => (1, 0, "{spinner} {msg}", 2),
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        // What it says first: each of these may draw.
        self.bar.set_message(beside(lead, &line, &Term::stderr()));
        self.bar.set_style(style);
        self.bar.set_length(length);
        self.bar.set_position(position);
        self.bar.tick();
    }
}

/// How long the soak of the stage that is on lasts in all, and still, in milliseconds.
fn soak(state: &State, now: Now) -> Option<(u64, u64)> {
    let Phase::Soaking { stage, until } = state.phase else { return None };
    let soak = state.course.as_ref()?.stages().get(stage)?.soak;
    let left = until.since(state.paused.unwrap_or(now.steady));
    let millis = |length: chrono::TimeDelta| u64::try_from(length.num_milliseconds()).unwrap_or(0);
    Some((millis(soak).max(1), millis(left)))
}

fn stand(phase: CheckPhase, language: Language) -> &'static str {
    let [en, ja] = match phase {
        CheckPhase::Pending => ["not measured yet", "未計測"],
        CheckPhase::Running => ["is measured", "計測中"],
        CheckPhase::Successful => ["passes", "合格"],
        CheckPhase::Held => ["cannot see", "判定不能"],
        CheckPhase::Inconclusive => ["does not say", "判断できず"],
        CheckPhase::Failed => ["fails", "不合格"],
        CheckPhase::Error => ["cannot be measured", "計測失敗"],
        _ => ["is looked at", "確認中"],
    };
    match language {
        Language::Ja => ja,
        Language::En => en,
    }
}

/// Measurements that go well are many, and stand in the line that lives and in the record.
fn is_news(event: &Event) -> bool {
    !matches!(event, Event::Measured { judged, .. } if judged.measured == Measured::Success)
}

/// A text that begins so many columns from the left and has no room on one line of a terminal: the rest of it below its
/// beginning.
fn beside(lead: usize, text: &str, terminal: &Term) -> String {
    if !terminal.is_term() {
        return text.to_owned();
    }
    let lead_columns = u16::try_from(lead).unwrap_or(0);
    // In the last column of a terminal nothing stands: some go to the next line then.
    let columns = terminal.size().1.saturating_sub(lead_columns + 1).max(20);
    wrapped(text, columns).join(&format!("\n{}", " ".repeat(lead)))
}

/// A release goes on where nobody reads what is said of it any more.
pub(super) fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", beside(0, line, &Term::stdout()));
}

/// What happened, at which time.
fn print_at(at: DateTime<Utc>, words: &str) {
    let lead = format!("{}  ", at.format("%H:%M:%S UTC"));
    let words = beside(lead.len(), words, &Term::stdout());
    let _ = writeln!(std::io::stdout().lock(), "{lead}{words}");
}

/// Something for whoever sits before it, and not for what reads the output.
pub(super) fn complain(text: &str) {
    let terminal = Term::stderr();
    for line in text.lines() {
        // A command is copied as it stands.
        let line = if line.starts_with(' ') { line.to_owned() } else { beside(0, line, &terminal) };
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

impl Observe<Rollout> for Screen {
    fn on_change(&self, run: &Run<Rollout>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Seen {
            state: run.state().clone(),
            seq: run.seq(),
            now: run.now(),
            at: tokio::time::Instant::now(),
        };
    }

    fn on_trouble(&self, error: &RunError) {
        self.say(&match self.language {
            Language::Ja => format!("{error}。再試行する"),
            Language::En => format!("{error}; it is tried again"),
        });
    }
}
