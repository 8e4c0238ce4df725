//! Passages of the requirement documents as they stand there, read line by line.

use std::collections::BTreeMap;
use toban_routine::TaskDraft;

/// A task in the words of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) frequency: String,
    pub(crate) title: String,
    pub(crate) stated: Option<String>,
    /// Items by heading.
    pub(crate) lists: BTreeMap<String, Vec<String>>,
}

impl Asked {
    fn new(frequency: &str, title: &str) -> Self {
        Self { frequency: frequency.to_owned(), title: title.to_owned(), ..Self::default() }
    }

    fn list(&mut self, heading: &str) {
        self.lists.insert(heading.to_owned(), Vec::new());
    }

    fn item(&mut self, heading: &str, item: &str) {
        self.lists.get_mut(heading).unwrap().push(item.to_owned());
    }
}

/// A preset in the words of its document.
pub(crate) fn in_japanese(task: &TaskDraft) -> Asked {
    let alerts: Vec<_> = task.alerts.iter().map(|alert| alert.text.ja.clone()).collect();
    let lists = task.lists.iter().map(|(kind, items)| {
        (kind.heading().ja, items.iter().map(|item| item.ja.clone()).collect::<Vec<_>>())
    });
    let alerts = (!alerts.is_empty()).then(|| ("アラート条件".to_owned(), alerts));
    Asked {
        frequency: task.frequency.unwrap().text().ja,
        title: task.title.ja.clone(),
        stated: task.stated.as_ref().map(|stated| stated.ja.clone()),
        lists: lists.chain(alerts).collect(),
    }
}

/// Lines that say something, with how far they are indented.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    text.lines().filter(|line| !line.trim().is_empty()).map(move |line| (indent(line), line.trim()))
}

/// Checklists under headings.
pub(crate) fn document_003() -> Vec<Asked> {
    let (mut tasks, mut frequency, mut heading) = (Vec::<Asked>::new(), "", "");
    for (indent, line) in lines(include_str!("fixtures/requirements-003.txt")) {
        if line == "## 🔄 定期タスク" {
            continue;
        }
        if let Some(section) = line.strip_prefix("### ") {
            frequency = section;
        } else if let Some(title) = line.strip_prefix("- [ ] ") {
            tasks.push(Asked::new(frequency, title));
        } else {
            let (task, line) = (tasks.last_mut().unwrap(), line.strip_prefix("- ").unwrap());
            match (indent, line.split_once(": "), line.strip_suffix(':')) {
                (2, Some(("実施時間" | "実施日", stated)), _) => task.stated = Some(stated.to_owned()),
                (2, None, Some(name)) => {
                    heading = name;
                    task.list(heading);
                }
                (4, None, None) => task.item(heading, line),
                _ => panic!("{line}"),
            }
        }
    }
    tasks
}

/// Meetings, and tasks by the part of the day.
pub(crate) fn document_000() -> Vec<Asked> {
    let (mut tasks, mut frequency, mut part) = (Vec::<Asked>::new(), "", None);
    for (indent, line) in lines(include_str!("fixtures/requirements-000.txt")) {
        let (name, item) = (line.strip_suffix(':'), line.strip_prefix("- "));
        match (indent, name, item, frequency) {
            (0, Some("定例ミーティング"), ..) => {}
            (0, Some(section), ..) => (frequency, part) = (section.strip_suffix("タスク").unwrap(), None),
            // How often they are held is not said but by their names.
            (2, Some(title @ "朝会"), None, "") => tasks.push(Asked::new("日次", title)),
            (2, Some(title @ "週次レビュー"), None, "") => tasks.push(Asked::new("週次", title)),
            (4, None, None, "") => {
                let stated = line.strip_prefix("時間: ").unwrap();
                tasks.last_mut().unwrap().stated = Some(stated.to_owned());
            }
            (4, Some("内容"), None, "") => tasks.last_mut().unwrap().list("内容"),
            (6, None, Some(item), "") => tasks.last_mut().unwrap().item("内容", item),
            (2, Some(name), None, _) => part = Some(name.to_owned()),
            (2 | 4, None, Some(title), _) => {
                assert_eq!(indent == 4, part.is_some());
                tasks.push(Asked { stated: part.clone(), ..Asked::new(frequency, title) });
            }
            _ => panic!("{line}"),
        }
    }
    tasks
}

/// Numbered lists.
pub(crate) fn document_001() -> Vec<Asked> {
    let (mut tasks, mut frequency) = (Vec::new(), "");
    for (indent, line) in lines(include_str!("fixtures/requirements-001.txt")) {
        match (indent, line.strip_prefix("- "), line.split_once("**")) {
            (0, None, Some((_, name))) => frequency = name.strip_suffix("作業**").unwrap(),
            (3, Some(title), None) => tasks.push(Asked::new(frequency, title)),
            _ => assert_eq!(line, "### フェーズ4：定常作業の設計"),
        }
    }
    tasks
}

/// One line for each frequency.
pub(crate) fn document_004() -> Vec<Asked> {
    let mut tasks = Vec::new();
    for (_, line) in lines(include_str!("fixtures/requirements-004.txt")) {
        if let Some((frequency, titles)) = line.strip_prefix("- **").and_then(|line| line.split_once("**: "))
        {
            tasks.extend(titles.split('、').map(|title| Asked::new(frequency, title)));
        } else {
            assert_eq!(line, "### 保守体制");
        }
    }
    tasks
}
